import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../../platform/config/event-store-address.ts';
import { errorMessage } from '../../platform/errors.ts';
import { type ConnectedNode, connectNode, type ServerNode } from './connect-node.ts';
import { eventStoreFailure, type Failure, failureOf, leaderOf, mayPass } from './failure.ts';
import { chooseMember, type Member, readGossip } from './gossip.ts';
import { readAccess, shownEndpoint } from './http2/channel.ts';
import { type NodeStatus, nodeStatus } from './node-status.ts';
import { combinedFailure, resolveSeeds, type Seed } from './seeds.ts';
import { whyUnreachable } from './why-unreachable.ts';

/** The connection to an event store: to one node at a time, and to another one if that fails. */
export type Connection = {
  /**
   * The node in use; if there is none, finds one and connects to it. @throws EventStoreFailure with the cause for each
   * host
   */
  node(): Promise<ServerNode>;
  /** Must be called with every failure: if the node is unavailable, the next call looks for another one. */
  failed(node: ServerNode, error: unknown): void;
  /** Must be called with every success: the server is available again. */
  answered(): void;
  /** Since when the server has been unavailable, ms since the epoch; `null`: as far as is known, it is available. */
  awaySince(): number | null;
  /** The nodes and whether they answer, for people. @throws like `node` */
  nodes(): Promise<readonly NodeStatus[]>;
  /** Everything that is waiting ends with a failure, and no more connections are made. */
  close(): Promise<void>;
};

/** How long calls on an abandoned connection may still run. */
const retiredMs = 60_000;

/** How long to look for the cause if a node of a cluster does not answer, before the others are asked again. */
const clusterDiagnosisMs = 500;

/** @throws UserError if the connection string is wrong */
export const openConnection = (url: string): Connection => {
  const access = readAccess(url);
  const { address } = access;
  const connectionName = address.connectionName ?? `openhouse-${randomUUID()}`;
  let current: { readonly finding: Promise<ServerNode> } | null = null;
  let found: ServerNode | null = null;
  /** The leader, if a node has reported one. */
  let hint: Endpoint | undefined;
  let awaySince: number | null = null;
  let closed = false;
  const refuseWhenClosed = () => {
    if (closed) throw eventStoreFailure({ kind: 'refused', refusal: 'closed', cause: 'the connection was closed' });
  };
  const open = new Set<ConnectedNode>();

  /** Not for long in a cluster, since another node may become the leader in the meantime. */
  const why = async (endpoint: Endpoint): Promise<Failure> => {
    if (!address.discover) return await whyUnreachable(access, endpoint);
    const silent: Failure = { kind: 'away', cause: `${shownEndpoint(endpoint)} does not answer` };
    return await Promise.race([whyUnreachable(access, endpoint), sleep(clusterDiagnosisMs, silent, { ref: false })]);
  };

  const connectTo = async (endpoint: Endpoint, name = endpoint.host): Promise<ServerNode> => {
    const connected = await connectNode(access, endpoint, name, connectionName, () => why(endpoint), refuseWhenClosed);
    open.add(connected);
    return connected.node;
  };

  const viaSeed = async (seed: Seed): Promise<ServerNode> => {
    const member = chooseMember(address.nodePreference, await gossipOf(seed));
    if (member === undefined) {
      const cause = `${shownEndpoint(seed.shown)} knows of no ${roleWords[address.nodePreference]}`;
      throw eventStoreFailure({ kind: 'away', cause });
    }
    return await connectTo(member.endpoint);
  };

  const gossipOf = async ({ endpoint, shown }: Seed): Promise<readonly Member[]> => {
    try {
      const options = { name: shown.host, timeoutMs: address.gossipTimeout * 1_000, connectionName };
      return await readGossip(access, endpoint, options);
    } catch (error) {
      const failure = failureOf(error);
      if (failure?.kind === 'refused') throw error;
      throw eventStoreFailure(await why(shown), error);
    }
  };

  const find = async (): Promise<ServerNode> => {
    const told = hint;
    hint = undefined;
    if (told !== undefined) {
      const leader = await connectTo(told).catch(() => null);
      if (leader !== null) return leader;
    }
    if (!address.discover) return await connectTo(address.hosts[0]!);
    const { seeds, problems } = await resolveSeeds(address.hosts, address.tls);
    const failures = [...problems];
    // The first host that leads to a node which answers, so a frozen one holds nothing up.
    const tries = seeds.map((seed) => viaSeed(seed));
    try {
      const first = await Promise.any(tries);
      void dropOthers(tries, first);
      return first;
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error;
      for (const each of error.errors) failures.push(failureOf(each) ?? { kind: 'away', cause: errorMessage(each) });
      throw eventStoreFailure(combinedFailure(failures), error);
    }
  };

  const dropOthers = async (tries: readonly Promise<ServerNode>[], first: ServerNode): Promise<void> => {
    for (const other of await Promise.allSettled(tries))
      if (other.status === 'fulfilled' && other.value !== first) release(other.value);
  };

  const release = (node: ServerNode): void => {
    for (const connected of open) {
      if (connected.node !== node) continue;
      open.delete(connected);
      connected.stop();
      connected.channel.close();
    }
  };

  return {
    async node() {
      refuseWhenClosed();
      if (found !== null) return found;
      current ??= { finding: find() };
      const { finding } = current;
      try {
        found = await finding;
        return found;
      } catch (error) {
        if (current?.finding === finding) current = null;
        if (mayPass(error)) awaySince ??= Date.now();
        throw error;
      }
    },
    failed(node, error) {
      if (failureOf(error)?.kind !== 'away') return;
      awaySince ??= Date.now();
      if (found !== node) return;
      hint = leaderOf(error);
      found = null;
      current = null;
      // Nothing new starts on it. Running calls end by themselves, because a call that is just starting when its
      // channel closes may never end.
      setTimeout(release, retiredMs, node).unref();
    },
    answered() {
      awaySince = null;
    },
    awaySince: () => awaySince,
    async nodes() {
      refuseWhenClosed();
      const { seeds, problems } = await resolveSeeds(address.hosts, address.tls);
      const answers = await Promise.allSettled(seeds.map(gossipOf));
      const lists = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      const members = lists.sort((a, b) => b.length - a.length)[0];
      if (!address.discover) {
        // The node in use; it may report an address that only others can reach.
        const state = members?.length === 1 ? members[0]!.state : 'UNKNOWN';
        return [await nodeStatus(access, { endpoint: address.hosts[0]!, state })];
      }
      if (members !== undefined) return await Promise.all(members.map((member) => nodeStatus(access, member)));
      const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [failureOf(answer.reason)] : []));
      throw eventStoreFailure(combinedFailure([...problems, ...failures.filter((each) => each !== undefined)]));
    },
    async close() {
      closed = true;
      const all = [...open];
      open.clear();
      found = null;
      current = null;
      for (const { stop } of all) stop();
      // `dispose` cancels the client's reads and waits for each stream to end. A stream that was abandoned halfway
      // never ends, so we do not wait for it.
      await Promise.race([Promise.all(all.map(({ node }) => node.client.dispose())), sleep(250)]);
      for (const { channel } of all) channel.close();
    },
  };
};

const roleWords = {
  leader: 'leader',
  follower: 'follower',
  readOnlyReplica: 'read-only replica',
  random: 'node',
} as const;
