import { randomUUID } from 'node:crypto';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ServiceFactory } from './services.ts';

type ClusterInfo = InstanceType<typeof gossip.ClusterInfo>;

const ticksPerMillisecond = 10_000n;

/** A cluster of one node, the leader. */
export const gossipService: ServiceFactory = (context) => {
  const instanceId = randomUUID();
  const read: handleUnaryCall<unknown, ClusterInfo> = (_call, callback) => {
    const { host, port } = context.address();
    const endPoint = new gossip.EndPoint();
    // A client cannot connect to a wildcard address.
    endPoint.setAddress(host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);
    endPoint.setPort(port);
    const id = new shared.UUID();
    id.setString(instanceId);
    const member = new gossip.MemberInfo();
    member.setInstanceId(id);
    member.setTimeStamp((BigInt(Date.now()) * ticksPerMillisecond).toString());
    member.setState(gossip.MemberInfo.VNodeState.LEADER);
    member.setIsAlive(true);
    member.setHttpEndPoint(endPoint);
    const cluster = new gossip.ClusterInfo();
    cluster.addMembers(member);
    callback(null, cluster);
  };
  return {
    definition: GossipService as unknown as ServiceDefinition,
    handlers: { read } as UntypedServiceImplementation,
  };
};
