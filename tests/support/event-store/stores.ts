import type { Kysely } from 'kysely';
import { connectEventStore, type EventStore } from '../../../eventstore/event-store.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { testDatabase } from '../postgres/test-postgres.ts';
import { type TestEventStore, testEventStore } from './test-event-store.ts';

/** An empty database and an event store on it, with a connection to each. */
export type TestStores = {
  readonly db: Kysely<unknown>;
  readonly store: EventStore;
  readonly databaseUrl: string;
  readonly eventStoreUrl: string;
  /** The event store's current process. */
  readonly server: TestEventStore;
  /** Restarts the event store at the same address, after `server.kill()`. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/**
 * @param options.database used instead of a fresh one
 * @param options.max maximum number of connections to the database
 * @example
 * const stores = await openStores();
 * t.after(() => stores.close());
 */
export const openStores = async (
  options: { database?: { url: string; drop(): Promise<void> }; max?: number } = {},
): Promise<TestStores> => {
  const database = options.database ?? (await testDatabase());
  let server = await testEventStore(database.url);
  const { url, port } = server;
  const connections = options.max === undefined ? {} : { max: options.max };
  const { db, close } = openDatabase<unknown>(database.url, { applicationName: 'test', ...connections });
  const store = connectEventStore(url);
  return {
    db,
    store,
    databaseUrl: database.url,
    eventStoreUrl: url,
    get server() {
      return server;
    },
    async restart() {
      server = await testEventStore(database.url, { port });
    },
    async close() {
      await store.close();
      await close();
      await server.close();
      await database.drop();
    },
  };
};
