import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ServiceFactory } from './services.ts';

type SupportedMethods = InstanceType<typeof serverFeatures.SupportedMethods>;

/** The version whose behaviour this server implements; clients use it to decide which features they can use. */
export const SERVER_VERSION = '23.10.6';

const all = { stream: ['stream', 'all'] };

/** A real node's answer: method names in lower case, with the features of each. */
const methods: readonly { service: string; method: string; features?: readonly string[] }[] = [
  { service: 'event_store.client.streams.streams', method: 'read', features: ['position', 'events'] },
  { service: 'event_store.client.streams.streams', method: 'append' },
  { service: 'event_store.client.streams.streams', method: 'batchappend', features: ['deadline_duration'] },
  { service: 'event_store.client.streams.streams', method: 'delete' },
  { service: 'event_store.client.streams.streams', method: 'tombstone' },
  ...['create', 'update', 'delete', 'read', 'getinfo', 'replayparked', 'list'].map((method) => ({
    service: 'event_store.client.persistent_subscriptions.persistentsubscriptions',
    method,
    features: all.stream,
  })),
  { service: 'event_store.client.persistent_subscriptions.persistentsubscriptions', method: 'restartsubsystem' },
  { service: 'event_store.client.gossip.gossip', method: 'read' },
  { service: 'event_store.client.server_features.serverfeatures', method: 'getsupportedmethods' },
];

/** Tells clients the server's version and methods. */
export const serverFeaturesService: ServiceFactory = () => {
  const getSupportedMethods: handleUnaryCall<unknown, SupportedMethods> = (_call, callback) => {
    const answer = new serverFeatures.SupportedMethods();
    answer.setEventStoreServerVersion(SERVER_VERSION);
    for (const { service, method, features } of methods) {
      const supported = new serverFeatures.SupportedMethod();
      supported.setServiceName(service);
      supported.setMethodName(method);
      supported.setFeaturesList([...(features ?? [])]);
      answer.addMethods(supported);
    }
    callback(null, answer);
  };
  return {
    definition: ServerFeaturesService as unknown as ServiceDefinition,
    handlers: { getSupportedMethods } as UntypedServiceImplementation,
  };
};
