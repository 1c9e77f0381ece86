import { sql } from 'kysely';
import { connectEventStore, type EventStore } from '../../../eventstore/event-store.ts';
import type { StoredEvent } from '../../../eventstore/stored-event.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import type { AnyDatabase } from '../../../importers/database.ts';
import { type ImportSummary, importDump } from '../../../importers/import-dump.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { openDatabase } from '../../../platform/database.ts';
import { testEventStore } from '../../support/eventstore.ts';
import { testDatabase } from '../../support/postgres.ts';
import { type Documents, writeDump } from './dump.ts';

type Context = { after(work: () => Promise<void> | void): void };

/** An empty database and event store, and an importer into them. */
export type TestImporter = {
  readonly db: AnyDatabase;
  readonly store: EventStore;
  readonly databaseUrl: string;
  readonly eventStoreUrl: string;
  /** `kill -9` of the event store. */
  killEventStore(): Promise<void>;
  /** Starts it again where it was. */
  startEventStore(): Promise<void>;
  import(documents: Documents): Promise<ImportSummary>;
  importFolder(folder: string): Promise<ImportSummary>;
  /** All events, in the order in which they were appended. */
  events(): Promise<StoredEvent[]>;
  /** The types of the events after the first `skip`. */
  types(skip?: number): Promise<string[]>;
};

export const now = '2026-06-01T12:00:00.000Z';

export const testImporter = async (t: Context): Promise<TestImporter> => {
  const database = await testDatabase();
  let server = await testEventStore(database.url);
  const { db, close } = openDatabase<unknown>(database.url, { applicationName: 'test import' });
  const store = connectEventStore(server.url);
  t.after(async () => {
    await store.close();
    await close();
    await server.close();
    await database.drop();
  });
  const importFolder = (folder: string) => importDump({ db, store, clock: fixedClock(now) }, folder);
  const events = () => allEvents(store);
  return {
    db,
    store,
    databaseUrl: database.url,
    eventStoreUrl: server.url,
    killEventStore: () => server.kill(),
    async startEventStore() {
      server = await testEventStore(database.url, { port: server.port });
    },
    importFolder,
    import: (documents) => importFolder(writeDump({ after: (work) => t.after(work) }, documents)),
    events,
    types: async (skip = 0) => (await events()).slice(skip).map(({ type }) => type),
  };
};

export const allEvents = async (store: EventStore): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for await (const event of store.readAll()) if (isReadable(event)) events.push(event);
  return events;
};

/** Every stream with all that its events say, less where and when they were recorded: what two imports are compared by. */
export const streamsOf = async (store: EventStore): Promise<Record<string, unknown[]>> => {
  const streams: Record<string, unknown[]> = {};
  for (const { id, streamName, revision, type, event, metadata } of await allEvents(store)) {
    streams[streamName] ??= [];
    streams[streamName].push({ id, revision: String(revision), type, data: event.data, metadata });
  }
  return Object.fromEntries(Object.entries(streams).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** What waits in quarantine: `collection code`. */
export const quarantined = async (db: AnyDatabase): Promise<string[]> => {
  const { rows } = await sql<{ line: string }>`
    select collection || ' ' || code as line from ops.quarantine where resolved_at is null order by 1`.execute(db);
  return rows.map(({ line }) => line);
};
