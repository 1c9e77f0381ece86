import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

/**
 * The baseline for the event store's rates: a server with the same protocol that does nothing. It keeps events in an array,
 * checks and stores nothing, and encodes messages with the generated classes.
 */
type BatchAppendReq = InstanceType<typeof streams.BatchAppendReq>;
type BatchAppendResp = InstanceType<typeof streams.BatchAppendResp>;
type ReadReq = InstanceType<typeof streams.ReadReq>;
type ReadResp = InstanceType<typeof streams.ReadResp>;

const log: ReadResp[] = [];
const revisions = new Map<string, number>();

const record = (stream: string, message: InstanceType<typeof streams.BatchAppendReq.ProposedMessage>): void => {
  const revision = revisions.get(stream) ?? 0;
  revisions.set(stream, revision + 1);
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(message.getId());
  recorded.setStreamIdentifier(identifier);
  recorded.setStreamRevision(String(revision));
  recorded.setCommitPosition(String(log.length + 1));
  recorded.setPreparePosition(String(log.length + 1));
  recorded.setData(message.getData_asU8());
  recorded.setCustomMetadata(message.getCustomMetadata_asU8());
  message.getMetadataMap().forEach((value, key) => {
    recorded.getMetadataMap().set(key, value);
  });
  recorded.getMetadataMap().set('created', `${Date.now()}0000`);
  const readEvent = new streams.ReadResp.ReadEvent();
  readEvent.setEvent(recorded);
  readEvent.setCommitPosition(String(log.length + 1));
  const response = new streams.ReadResp();
  response.setEvent(readEvent);
  log.push(response);
};

const batchAppend = (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => {
  const open = new Map<string, InstanceType<typeof streams.BatchAppendReq.Options>>();
  call.on('data', (request: BatchAppendReq) => {
    const key = request.getCorrelationId()!.getString();
    const options = request.getOptions() ?? open.get(key)!;
    open.set(key, options);
    const stream = Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString('utf8');
    for (const message of request.getProposedMessagesList()) record(stream, message);
    if (!request.getIsFinal()) return;
    open.delete(key);
    const position = new shared.AllStreamPosition();
    position.setCommitPosition(String(log.length));
    position.setPreparePosition(String(log.length));
    const success = new streams.BatchAppendResp.Success();
    success.setCurrentRevision(String(revisions.get(stream)! - 1));
    success.setPosition(position);
    const response = new streams.BatchAppendResp();
    response.setCorrelationId(request.getCorrelationId());
    response.setStreamIdentifier(options.getStreamIdentifier());
    response.setSuccess(success);
    call.write(response);
  });
  call.on('end', () => call.end());
  call.on('error', () => {});
};

const read = async (call: ServerWritableStream<ReadReq, ReadResp>) => {
  const count = Number(call.request.getOptions()!.getCount()) || Number.POSITIVE_INFINITY;
  for (let i = 0; i < log.length && i < count && !call.cancelled; i++) {
    if (!call.write(log[i]!)) await new Promise((resolve) => call.once('drain', resolve));
  }
  if (Number.isFinite(count)) call.end();
};

const getSupportedMethods = (_call: unknown, callback: (error: null, answer: object) => void) => {
  const answer = new serverFeatures.SupportedMethods();
  answer.setEventStoreServerVersion('23.10.6');
  const method = new serverFeatures.SupportedMethod();
  method.setServiceName('event_store.client.streams.streams');
  method.setMethodName('batchappend');
  answer.addMethods(method);
  callback(null, answer);
};

const server = new Server();
server.addService(StreamsService as never, { batchAppend, read } as unknown as UntypedServiceImplementation);
server.addService(ServerFeaturesService as never, { getSupportedMethods } as unknown as UntypedServiceImplementation);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${JSON.stringify({ listening: { host: '127.0.0.1', port }, pid: process.pid })}\n`);
});
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
