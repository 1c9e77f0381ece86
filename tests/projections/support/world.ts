import { after, before } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { listings } from '../../../commands/aggregates.ts';
import { type CommandContext, execute } from '../../../commands/execute.ts';
import type { Known } from '../../../domain/changes.ts';
import type { ListingFields } from '../../../domain/listing/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import type { EngineDeps } from '../../../projections/index.ts';
import { openKillableStores, openStores, type TestStores } from '../../support/event-store/stores.ts';

/** A separate database and event store, and the engine's dependencies on them. */
export type World = EngineDeps & TestStores;

export const openWorld = async (): Promise<World> => withLog(await openStores({ max: 16 }));

const withLog = <Stores extends TestStores>(stores: Stores) =>
  Object.assign(stores, { log: createLogger({ level: 'silent' }) });

/** The world of a test file, opened before its first test. */
export const useWorld = (): World => use(openWorld);

/** The same with an event store that can be killed. */
export const useKillableWorld = () => use(async () => withLog(await openKillableStores({ max: 16 })));

const use = <W extends World>(open: () => Promise<W>): W => {
  let world: W | undefined;
  before(async () => {
    world = await open();
  });
  after(async () => {
    await world?.close();
  });
  return new Proxy({} as W, { get: (_, name) => Reflect.get(world!, name) });
};

export const someContext: CommandContext = {
  actor: { kind: 'system', id: 'tests' },
  source: 'tests',
  occurredAt: '2026-03-31T12:00:00.000Z',
  correlationId: 'tests',
  causationId: 'tests',
};

/** Reports the present state of a listing. */
export const record = async (store: EventStore, key: string, fields: Known<ListingFields>): Promise<bigint> => {
  const result = await execute(
    store,
    listings,
    key,
    [{ type: 'RecordListing', listingKey: key, fields: { listingId: key, ...fields } }],
    someContext,
  );
  if (!result.ok) throw new Error(result.rejection.message);
  return result.position?.commit ?? 0n;
};

/** All rows of a table, without columns that differ between builds by design, as text to compare. */
export const rowsOf = async (db: Kysely<unknown>, schema: string, table: string, key: string): Promise<string[]> => {
  const { rows } = await sql<{ row: string }>`
    select to_jsonb(t)::text as row from ${sql.table(`${schema}.${table}`)} t order by ${sql.ref(key)}`.execute(db);
  return rows.map(({ row }) => row);
};
