import type { TestContext } from 'node:test';
import type { DomainEvent } from '../../../domain/events.ts';
import { deterministicId } from '../../../eventstore/event-id.ts';
import { connectEventStore, type EventStore } from '../../../eventstore/event-store.ts';
import type { Patience } from '../../../eventstore/server/patience.ts';
import { openEventStoreDouble } from '../../support/event-store/event-store-double.ts';
import { testEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';

/** A double of some nodes in front of an empty event store, and one of our connections to it. */
export const openDouble = async (t: Pick<TestContext, 'after'>, nodes = 1, patience: Patience = { ms: 20_000 }) => {
  const database = await testDatabase();
  const server = await testEventStore(database.url, { insecure: true });
  const double = await openEventStoreDouble(server.port, nodes);
  const store = connectEventStore(double.url, patience);
  /** Past the double: what the store really holds. */
  const direct = connectEventStore(server.url);
  t.after(async () => {
    await store.close();
    await direct.close();
    await double.close();
    await server.close();
    await database.drop();
  });
  return { double, store, direct, server, database };
};

/** Appends events whose IDs are derived from the stream and the revision. */
export const append = async (store: EventStore, stream: string, revision: number, count = 1) =>
  await store.append(
    stream,
    revision === 0 ? 'no-stream' : BigInt(revision - 1),
    Array.from({ length: count }, (_, index) => paused(stream, revision + index)),
  );

const paused = (stream: string, revision: number) => ({
  id: deterministicId(`${stream}@${revision}`),
  event: { type: 'AgentPaused' as const, data: { from: '2026-04-01', to: null } } as DomainEvent,
  metadata: {
    actor: { kind: 'person' as const, id: 'me' },
    source: 'test',
    occurredAt: '2026-06-01T12:00:00.000Z',
    $correlationId: 'c',
    $causationId: 'c',
  },
});

export const idsOf = async (store: EventStore): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of store.readAll()) ids.push(id);
  return ids;
};
