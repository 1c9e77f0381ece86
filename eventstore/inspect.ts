import { jsonEvent } from '@eventstore/db-client';
import type { EventStore } from './event-store.ts';
import { failureOf, type Right } from './server/failure.ts';
import type { NodeStatus } from './server/node-status.ts';
import { patiently } from './server/patience.ts';

/** Everything about an event store that people want to know. */
export type Inspection = {
  readonly version: string;
  /** How long a connected node takes to answer. */
  readonly roundTripMs: number;
  /** The position of the last event; `null` if the store is empty, or we have no right to read it. */
  readonly end: bigint | null;
  readonly nodes: readonly NodeStatus[];
  readonly missingRights: readonly Right[];
};

/** A stream of ours that is never written, because no key begins with a space. */
const probeStream = 'listing- ';
/** No stream has this many events, so an append that expects it gets a conflict if it is permitted at all. */
const neverReached = 2n ** 62n;

/**
 * Asks an event store for its version, its nodes and our rights, without writing anything.
 * @throws EventStoreFailure if it cannot be reached within the store's patience, or rejects the user
 */
export const inspectEventStore = async (store: EventStore): Promise<Inspection> => {
  const { connection, patience } = store;
  const { version, appender } = await patiently(connection, patience, async (node) => node);
  const missingRights: Right[] = [];
  const may = async <Answer>(right: Right, work: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await work();
    } catch (error) {
      if (failureOf(error)?.refusal !== 'right') throw error;
      missingRights.push(right);
      return null;
    }
  };
  // The first call on a connection takes longer than the others.
  await may('read streams', async () => {
    for await (const _ of store.readStream(probeStream)) break;
  });
  const started = performance.now();
  const last = await may('read $all', () => store.lastPosition());
  const roundTripMs = Math.round(performance.now() - started);
  await may('write streams', () =>
    appender.append(probeStream, neverReached, [jsonEvent({ type: 'Probe', data: {} })]),
  );
  return { version, roundTripMs, end: last?.commit ?? null, nodes: await connection.nodes(), missingRights };
};
