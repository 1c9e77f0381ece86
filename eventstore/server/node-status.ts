import { ServerFeaturesClient } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Channel } from '@grpc/grpc-js';
import type { Endpoint } from '../../platform/config/event-store-address.ts';
import { failureOf } from './failure.ts';
import type { Member } from './gossip.ts';
import { type Access, callMetadata, openChannel } from './http2/channel.ts';
import { whyUnreachable } from './why-unreachable.ts';

/** A node, and whether it answers us. */
export type NodeStatus = {
  readonly endpoint: Endpoint;
  /** According to the nodes: `LEADER`, `FOLLOWER`, …; `UNKNOWN` if none says. */
  readonly state: string;
  readonly version: string | null;
  /** How long it took to answer, including connecting; `null`: it did not. */
  readonly answeredInMs: number | null;
  /** Why it did not answer. */
  readonly problem: string | null;
};

const answerWithinMs = 2_000;

/** Checks whether a node answers. */
export const nodeStatus = async (access: Access, { endpoint, state }: Pick<Member, 'endpoint' | 'state'>) => {
  const channel = openChannel(access, endpoint);
  const started = performance.now();
  try {
    const version = await askVersion(access, channel, answerWithinMs);
    const answeredInMs = Math.round(performance.now() - started);
    return { endpoint, state, version, answeredInMs, problem: null } satisfies NodeStatus;
  } catch {
    const { cause } = await whyUnreachable(access, endpoint);
    return { endpoint, state, version: null, answeredInMs: null, problem: cause } satisfies NodeStatus;
  } finally {
    channel.close();
  }
};

/** The server's version, or `unknown`: any answer at all shows that it is there. @throws if there is none in time */
export const askVersion = (access: Access, channel: Channel, timeoutMs: number): Promise<string> => {
  const client = new ServerFeaturesClient(null as never, null as never, { channelOverride: channel });
  const metadata = callMetadata(access, 'openhouse');
  metadata.remove('requires-leader');
  return new Promise((resolve, reject) => {
    client.getSupportedMethods(new shared.Empty(), metadata, { deadline: Date.now() + timeoutMs }, (error, answer) => {
      if (error === null) resolve(answer.getEventStoreServerVersion());
      else if (failureOf(error)?.kind === 'away' || failureOf(error)?.kind === 'unknown-outcome') reject(error);
      else resolve('unknown');
    });
  });
};
