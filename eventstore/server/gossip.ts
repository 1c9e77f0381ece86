import { GossipClient } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Endpoint, NodePreference } from '../../platform/config/event-store-address.ts';
import { type Access, callMetadata, openChannel } from './http2/channel.ts';

/** A node, according to one of them. */
export type Member = { readonly endpoint: Endpoint; readonly state: string; readonly alive: boolean };

const stateNames = new Map(
  Object.entries(gossip.MemberInfo.VNodeState).map(([name, state]) => [state as number, name]),
);

/** Asks one node for the nodes. @throws gRPC's errors, after `timeoutMs` at the latest */
export const readGossip = async (
  access: Access,
  endpoint: Endpoint,
  options: { readonly name: string; readonly timeoutMs: number; readonly connectionName: string },
): Promise<readonly Member[]> => {
  const channel = openChannel(access, endpoint, options.name);
  const client = new GossipClient(null as never, null as never, { channelOverride: channel });
  try {
    const info = await new Promise<InstanceType<typeof gossip.ClusterInfo>>((resolve, reject) => {
      const metadata = callMetadata(access, options.connectionName);
      metadata.remove('requires-leader');
      client.read(new shared.Empty(), metadata, { deadline: Date.now() + options.timeoutMs }, (error, answer) => {
        if (error !== null) reject(error);
        else resolve(answer);
      });
    });
    return info.getMembersList().flatMap((member): Member[] => {
      const at = member.getHttpEndPoint();
      if (at === undefined) return [];
      return [
        {
          endpoint: { host: at.getAddress(), port: at.getPort() },
          state: stateNames.get(member.getState()) ?? 'UNKNOWN',
          alive: member.getIsAlive(),
        },
      ];
    });
  } finally {
    channel.close();
  }
};

const usable: Readonly<Record<NodePreference, readonly string[]>> = {
  leader: ['LEADER'],
  follower: ['FOLLOWER'],
  readOnlyReplica: ['READONLYREPLICA', 'PREREADONLYREPLICA', 'READONLYLEADERLESS'],
  random: [],
};
const working = ['LEADER', 'FOLLOWER', 'READONLYREPLICA', 'PREREADONLYREPLICA', 'READONLYLEADERLESS'];

/**
 * The node to use. If a leader is wanted and there is none, the caller gets none and waits; other preferences get
 * whatever there is.
 */
export const chooseMember = (preference: NodePreference, members: readonly Member[]): Member | undefined => {
  const alive = members.filter(({ alive, state }) => alive && working.includes(state));
  const preferred = alive.filter(({ state }) => usable[preference].includes(state));
  const from = preferred.length > 0 || preference === 'leader' ? preferred : alive;
  return from[Math.floor(Math.random() * from.length)];
};
