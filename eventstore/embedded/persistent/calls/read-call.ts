import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type { Metadata, ServerDuplexStream, ServiceError } from '@grpc/grpc-js';
import { invalidArgument, toGrpcError } from '../../grpc/errors.ts';
import type { Connection, Consumer } from '../consumers/consumer.ts';
import { maximumSubscribersReached } from '../errors.ts';
import type { Group, NackAction } from '../groups/group.ts';
import type { Groups } from '../groups/groups.ts';
import { streamName } from './requests.ts';
import { uuidText, withStructuredIds } from './uuid-option.ts';

type ReadReq = InstanceType<typeof persistent.ReadReq>;

const header = (metadata: Metadata, name: string): string | undefined => metadata.get(name)[0]?.toString();

/** An insecure node treats everyone as "system"; a caller that gives a name is listed by that name. */
const username = (metadata: Metadata): string => {
  const [scheme, credentials] = header(metadata, 'authorization')?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || !credentials) return 'system';
  return Buffer.from(credentials, 'base64').toString().split(':')[0] || 'system';
};

const actions: Record<number, NackAction> = { 0: 'unknown', 1: 'park', 2: 'retry', 3: 'skip', 4: 'stop' };

const confirmation = (group: Group): Buffer => {
  const confirmed = new persistent.ReadResp.SubscriptionConfirmation();
  confirmed.setSubscriptionId(group.id);
  const response = new persistent.ReadResp();
  response.setSubscriptionConfirmation(confirmed);
  return Buffer.from(response.serializeBinary());
};

/** The group that the first message of a call names. @throws a gRPC error when it is not available */
const groupFor = (groups: Groups, options: InstanceType<typeof persistent.ReadReq.Options>): Group => {
  const stream = options.hasAll() ? '$all' : streamName(options.getStreamIdentifier());
  const name = { stream, group: options.getGroupName() };
  if (options.getBufferSize() < 1)
    throw invalidArgument(`buffer_size must be at least 1, but is ${options.getBufferSize()}`);
  const group = groups.get(name);
  if (group.isFull) throw maximumSubscribersReached(name);
  return group;
};

/** `PersistentSubscriptions.Read`: the client's first message names the group, the others ack or nack messages. */
export const handleRead = (groups: Groups, call: ServerDuplexStream<ReadReq, Buffer>): void => {
  let joined: { group: Group; consumer: Consumer } | undefined;
  let over = false;

  const leave = (): void => {
    over = true;
    joined?.group.disconnect(joined.consumer);
  };
  const fail = (error: ServiceError): void => {
    if (over) return;
    leave();
    call.emit('error', error);
  };
  const join = (options: InstanceType<typeof persistent.ReadReq.Options>): void => {
    const group = groupFor(groups, options);
    const structured = !options.getUuidOption()?.hasString();
    const connection: Connection = {
      connectionName: header(call.metadata, 'connection-name') ?? '<unknown>',
      username: username(call.metadata),
      bufferSize: options.getBufferSize(),
      send: (response) => void call.write(structured ? withStructuredIds(response) : response),
      end: (error) => {
        if (over) return;
        over = true;
        call.emit('error', error);
      },
    };
    call.write(confirmation(group));
    joined = { group, consumer: group.connect(connection) };
  };
  const hear = (request: ReadReq): void => {
    const [options, ack, nack] = [request.getOptions(), request.getAck(), request.getNack()];
    if (!joined) {
      if (!options) throw invalidArgument('the first message of a persistent subscription must be its options');
      join(options);
    } else if (ack) {
      joined.group.acknowledge(ack.getIdsList().map(uuidText));
    } else if (nack) {
      const action = actions[nack.getAction()];
      if (!action) throw invalidArgument(`${nack.getAction()} is not an action`);
      joined.group.notAcknowledge(nack.getIdsList().map(uuidText), action, nack.getReason());
    } else throw invalidArgument('a message of a persistent subscription must be an ack or a nack');
  };

  call.on('data', (request: ReadReq) => {
    if (over) return;
    try {
      hear(request);
    } catch (error) {
      fail(toGrpcError(error));
    }
  });
  call.on('cancelled', leave);
  call.on('error', leave);
  call.on('end', () => {
    // The client has stopped sending but still listens: as on EventStoreDB, it is served until it disconnects.
    if (!joined && !over) call.end();
  });
};
