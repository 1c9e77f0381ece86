import persistentServices from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { toGrpcError } from '../../grpc/errors.ts';
import type { ServiceFactory } from '../../grpc/services.ts';
import { failed } from '../errors.ts';
import { Groups } from '../groups/groups.ts';
import { subscriptionInfo } from './info.ts';
import { handleRead } from './read-call.ts';
import { checkName, groupName, required, streamName, wantedGroup } from './requests.ts';

const unary =
  <Request, Response>(work: (request: Request) => Response | Promise<Response>) =>
  (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(work)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toGrpcError(error)),
      );
  };

type ListOptions = NonNullable<ReturnType<InstanceType<typeof persistent.ListReq>['getOptions']>>;

const listed = (groups: Groups, options: ListOptions) => {
  if (options.hasListAllSubscriptions()) return groups.list();
  const one = required(options.getListForStream(), 'list option');
  return groups.listFor(one.hasAll() ? '$all' : streamName(one.getStream()));
};

/** The gRPC service `event_store.client.persistent_subscriptions.PersistentSubscriptions`. */
export const persistentSubscriptions: ServiceFactory = async (context) => {
  const groups = new Groups(context);
  await groups.open();
  // Otherwise the calls of consumers would keep the server from shutting down.
  context.closing.addEventListener('abort', () => void groups.close());
  const definition = {
    ...persistentServices.PersistentSubscriptionsService,
    // Messages are built by hand from the stored bytes: an event is encoded once, when it is appended.
    read: {
      ...persistentServices.PersistentSubscriptionsService.read,
      responseSerialize: (response: Buffer) => response,
    },
  };
  return {
    definition,
    close: () => groups.close(),
    handlers: {
      create: unary(async (request: InstanceType<typeof persistent.CreateReq>) => {
        await groups.create(wantedGroup(request));
        return new persistent.CreateResp();
      }),
      update: unary(async (request: InstanceType<typeof persistent.UpdateReq>) => {
        await groups.update(wantedGroup(request));
        return new persistent.UpdateResp();
      }),
      delete: unary(async (request: InstanceType<typeof persistent.DeleteReq>) => {
        const options = required(request.getOptions());
        await groups.delete(checkName(groupName(options), options.hasAll()));
        return new persistent.DeleteResp();
      }),
      getInfo: unary((request: InstanceType<typeof persistent.GetInfoReq>) => {
        const response = new persistent.GetInfoResp();
        response.setSubscriptionInfo(subscriptionInfo(groups.get(groupName(required(request.getOptions())))));
        return response;
      }),
      list: unary((request: InstanceType<typeof persistent.ListReq>) => {
        const response = new persistent.ListResp();
        response.setSubscriptionsList(listed(groups, required(request.getOptions())).map(subscriptionInfo));
        return response;
      }),
      replayParked: unary((request: InstanceType<typeof persistent.ReplayParkedReq>) => {
        const options = required(request.getOptions());
        const name = groupName(options);
        const stop = options.hasStopAt() ? Number(options.getStopAt()) : undefined;
        if (stop !== undefined && stop < 0) {
          throw failed(name, 'Cannot stop replaying parked message at a negative version.');
        }
        groups.get(name).replayParked(stop);
        return new persistent.ReplayParkedResp();
      }),
      restartSubsystem: unary(async () => {
        await groups.restart();
        return new shared.Empty();
      }),
      read: (call: ServerDuplexStream<InstanceType<typeof persistent.ReadReq>, Buffer>) => handleRead(groups, call),
    },
  };
};
