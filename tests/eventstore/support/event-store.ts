import { after, before } from 'node:test';
import { EventStoreDBClient, type JSONEventData, jsonEvent } from '@eventstore/db-client';
import { testsUseRealEventStore } from '../../support/event-store/real-event-store.ts';
import { embeddedEventStore, eventStoreProcess } from '../../support/event-store/test-event-store.ts';
import type { EventStoreProcess } from '../../support/event-store/types.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { readingByOurselves } from './own-reader.ts';

/** What the tests of the store's behaviour can use. */
export type EventStoreUnderTest = {
  readonly url: string;
  readonly client: EventStoreDBClient;
  /** Whether it is not the embedded server: the one at `EVENTSTORE_URL`, or of `OPENHOUSE_TEST_EVENTSTORE`. */
  readonly external: boolean;
  /** The embedded server's process and database; not available when external. */
  readonly server: EventStoreProcess;
  readonly databaseUrl: string;
  /** Another client, disposed of at the end of the file. */
  connect(options?: string): EventStoreDBClient;
  /** Whether `client` reads by our own reader instead of by the official client's. */
  readByOurselves(ours: boolean): void;
};

/**
 * Gives this test file a store: the one at `EVENTSTORE_URL`, or one of its own (`eventStoreProcess`).
 * Registers `before` and `after` hooks, so call it once at the top of the file.
 */
export const useEventStore = ({ embeddedOnly = false } = {}): EventStoreUnderTest => {
  const external = embeddedOnly ? undefined : process.env.EVENTSTORE_URL;
  const clients: EventStoreDBClient[] = [];
  let database: Awaited<ReturnType<typeof testDatabase>> | undefined;
  let server: EventStoreProcess | undefined;
  let client: EventStoreDBClient | undefined;
  let own: ReturnType<typeof readingByOurselves> | undefined;
  let ours = false;
  const url = () => external ?? server?.url ?? '';
  const connect = (options = ''): EventStoreDBClient => {
    const made = EventStoreDBClient.connectionString([`${url()}${options}`] as unknown as TemplateStringsArray);
    clients.push(made);
    return made;
  };

  before(async () => {
    if (!external) {
      database = await testDatabase();
      server = await (embeddedOnly ? embeddedEventStore : eventStoreProcess)(database.url);
    }
    client = connect();
  });
  after(async () => {
    await own?.close();
    await Promise.all(clients.map((each) => each.dispose()));
    await server?.close();
    await database?.drop();
  });

  return {
    get url() {
      return url();
    },
    get client() {
      if (!ours) return client!;
      own ??= readingByOurselves(client!, url());
      return own.client;
    },
    readByOurselves(by) {
      ours = by;
    },
    external: external !== undefined || (testsUseRealEventStore && !embeddedOnly),
    get server() {
      return server!;
    },
    get databaseUrl() {
      return database!.url;
    },
    connect,
  };
};

const run = `t${Date.now().toString(36)}${process.pid}`;
let streams = 0;

/** A unique stream name, also on a server that other runs have written to. */
export const newStream = (name = 's'): string => `${run}-${name}-${streams++}`;

/** A small JSON event. */
export const event = (type = 'Tested', data: Record<string, unknown> = { n: 1 }): JSONEventData =>
  jsonEvent({ type, data: data as Record<string, string | number> });

/** `count` small events whose data counts `n` from `first`. */
export const events = (count: number, type = 'Tested', first = 0): JSONEventData[] =>
  Array.from({ length: count }, (_, index) => event(type, { n: first + index }));

/** Appends `count` events in one call and returns the stream's name. */
export const seed = async (
  client: EventStoreDBClient,
  stream: string,
  count: number,
  type = 'Tested',
): Promise<string> => {
  await client.appendToStream(stream, events(count, type));
  return stream;
};
