import assert from 'node:assert/strict';
import { type RawBuilder, sql } from 'kysely';
import type { CommandContext } from '../../../commands/execute.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import type { StoredEvent } from '../../../eventstore/stored-event.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import type { AnyDatabase } from '../../../importers/database.ts';
import { type ImportOptions, type ImportSummary, importDump } from '../../../importers/dump/import-dump.ts';
import { openKillableStores, openStores, type TestStores } from '../../support/event-store/stores.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { migratedTestDatabase } from '../../support/postgres/migrated-database.ts';
import { type Documents, writeDump } from './dump.ts';

type Context = { after(work: () => Promise<void> | void): void };

/** An empty database and event store, and an importer into them. */
export type TestImporter = TestStores & {
  import(documents: Documents, options?: ImportOptions): Promise<ImportSummary>;
  importFolder(folder: string, options?: ImportOptions): Promise<ImportSummary>;
  /** All events, in the order in which they were appended. */
  events(): Promise<StoredEvent[]>;
  /** The types of the events after the first `skip`. */
  types(skip?: number): Promise<string[]>;
};

export const now = '2026-06-01T12:00:00.000Z';

/** Something that a person does in openhouse, and not in the old CRM. */
export const byPerson: CommandContext = {
  actor: { kind: 'person', id: 'me' },
  source: 'test',
  occurredAt: now,
  correlationId: 'c',
  causationId: 'c',
};

export const testImporter = async (t: Context): Promise<TestImporter> =>
  importerInto(t, await openStores({ database: await migratedTestDatabase() }));

/** The same with an event store that can be killed. */
export const killableImporter = async (t: Context) =>
  importerInto(t, await openKillableStores({ database: await migratedTestDatabase() }));

const importerInto = <Stores extends TestStores>(t: Context, stores: Stores) => {
  t.after(() => stores.close());
  const { db, store } = stores;
  const importFolder = (folder: string, options?: ImportOptions) =>
    importDump({ db, store, clock: fixedClock(now) }, folder, options);
  const events = () => allEvents(store);
  return Object.assign(stores, {
    importFolder,
    import: (documents: Documents, options?: ImportOptions) =>
      importFolder(writeDump({ after: (work) => t.after(work) }, documents), options),
    events,
    types: async (skip = 0) => (await events()).slice(skip).map(({ type }) => type),
  });
};

export const allEvents = async (store: EventStore): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for await (const event of store.readAll()) if (isReadable(event)) events.push(event);
  return events;
};

/** Whether at least `count` of our events have been appended. (Positions may count events or bytes.) */
export const holdsEvents = async (store: EventStore, count: number): Promise<boolean> => {
  let held = 0;
  for await (const _ of store.readAll()) if (++held >= count) return true;
  return false;
};

/** Every stream with the content of its events, without positions and recording times, for comparing two imports. */
export const streamsOf = async (store: EventStore): Promise<Record<string, unknown[]>> => {
  const streams: Record<string, unknown[]> = {};
  for (const { id, streamName, revision, type, event, metadata } of await allEvents(store)) {
    streams[streamName] ??= [];
    streams[streamName].push({ id, revision: String(revision), type, data: event.data, metadata });
  }
  return Object.fromEntries(Object.entries(streams).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** The documents in quarantine: `collection code`. */
export const quarantined = async (db: AnyDatabase): Promise<string[]> => {
  const { rows } = await sql<{ line: string }>`
    select collection || ' ' || code as line from ops.quarantine where resolved_at is null order by 1`.execute(db);
  return rows.map(({ line }) => line);
};

/**
 * Imports `first`, then `second`, as if the run had been killed after appending its events and before recording that, and again: it
 * appends nothing more, and the streams are those of a run that was not disturbed.
 *
 * @param touched the leads that `second` touches: SQL with their `record_key`
 */
export const survivesAKill = async (
  t: Context,
  first: Documents,
  second: Documents,
  touched: RawBuilder<unknown>,
): Promise<void> => {
  const [undisturbed, killed] = [await testImporter(t), await testImporter(t)];
  for (const importer of [undisturbed, killed]) {
    await importer.import(first);
    await importer.import(second);
  }
  await sql`insert into ops.import_pending (aggregate, record_key) select 'lead', record_key from (${touched})`.execute(
    killed.db,
  );
  assert.equal((await killed.import(second)).events, 0);
  assert.deepEqual(await streamsOf(killed.store), await streamsOf(undisturbed.store));
};
