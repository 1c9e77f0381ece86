import type { Kysely } from 'kysely';
import { connectEventStore, type EventStore } from '../../../eventstore/event-store.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { testDatabase } from '../postgres/test-postgres.ts';
import { eventStoreProcess, testEventStore } from './test-event-store.ts';
import type { EventStoreProcess, TestEventStore } from './types.ts';

/** An empty database and an event store on it, with a connection to each. */
export type TestStores<Server extends TestEventStore = TestEventStore> = {
  readonly db: Kysely<unknown>;
  readonly store: EventStore;
  readonly databaseUrl: string;
  readonly eventStoreUrl: string;
  /** The event store as it was last started. */
  readonly server: Server;
  /** Restarts the event store at the same address, after it was closed or killed. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/**
 * @param options.database used instead of a fresh one
 * @param options.max maximum number of connections to the database
 * @param options.positionsInStreams default: as on older servers, without
 * @example
 * const stores = await openStores();
 * t.after(() => stores.close());
 */
export const openStores = (options: Options = {}): Promise<TestStores> => open(testEventStore, options);

/** The same with an event store in a process of its own, which can be killed. */
export const openKillableStores = (options: Options = {}): Promise<TestStores<EventStoreProcess>> =>
  open(eventStoreProcess, options);

/** The same store as an older server gives it: a read of a stream does not say where in `$all` its events are. */
const withoutPositions = (store: EventStore): EventStore => ({
  ...store,
  withPatience: (patience) => withoutPositions(store.withPatience(patience)),
  async *readStream(stream, from) {
    for await (const event of store.readStream(stream, from))
      yield Object.create(event, { position: { value: null, enumerable: true } }) as typeof event;
  },
});

type Options = {
  readonly database?: { url: string; drop(): Promise<void> };
  readonly max?: number;
  /** Whether reads of streams say where in `$all` their events are. Older servers do not, so nothing may depend on it. */
  readonly positionsInStreams?: boolean;
};

const open = async <Server extends TestEventStore>(
  start: (databaseUrl: string, options?: { port: number }) => Promise<Server>,
  options: Options,
): Promise<TestStores<Server>> => {
  const database = options.database ?? (await testDatabase());
  let server = await start(database.url);
  const { url, port } = server;
  const connections = options.max === undefined ? {} : { max: options.max };
  const { db, close } = openDatabase<unknown>(database.url, { applicationName: 'test', ...connections });
  const connected = connectEventStore(url);
  const store = options.positionsInStreams === true ? connected : withoutPositions(connected);
  return {
    db,
    store,
    databaseUrl: database.url,
    eventStoreUrl: url,
    get server() {
      return server;
    },
    async restart() {
      server = await start(database.url, { port });
    },
    async close() {
      await store.close();
      await close();
      await server.close();
      await database.drop();
    },
  };
};
