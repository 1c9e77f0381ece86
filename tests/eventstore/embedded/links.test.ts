import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { BACKWARDS, END, EventStoreDBClient, type ResolvedEvent } from '@eventstore/db-client';
import { embeddedEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { events } from '../support/event-store.ts';
import { collect } from '../support/wait.ts';

const links = async (client: EventStoreDBClient, stream: string) => {
  const read = (await collect(client.readStream(stream))) as ResolvedEvent[];
  return read.map(({ event }) => Buffer.from(event!.data as Uint8Array).toString());
};
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${n}@cat-1`);

test('links resume after kill -9 without duplicates, and stay out of $all', async () => {
  const database = await testDatabase();
  let server = await embeddedEventStore(database.url);
  let client = EventStoreDBClient.connectionString(server.url);
  await client.appendToStream('cat-1', events(50));
  assert.deepEqual(await links(client, '$ce-cat'), numbered(50), 'including events from before the first request');

  for (let round = 1; round <= 3; round++) {
    const append = client.appendToStream('cat-1', events(500)).catch(() => {});
    await append;
    await server.kill();
    await client.dispose().catch(() => {});
    server = await embeddedEventStore(database.url, { port: server.port });
    client = EventStoreDBClient.connectionString(server.url);
    assert.deepEqual(await links(client, '$ce-cat'), numbered(50 + 500 * round));
    assert.deepEqual(await links(client, '$et-Tested'), numbered(50 + 500 * round));
  }

  const all = (await collect(client.readAll())) as ResolvedEvent[];
  assert.ok(all.every(({ event }) => event!.type !== '$>'));
  assert.equal(all.filter(({ event }) => event!.streamId === 'cat-1').length, 1_550);
  const [last] = (await collect(
    client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }),
  )) as ResolvedEvent[];
  assert.equal(last?.event?.streamId, 'cat-1');
  await client.dispose();
  await server.close();
  await database.drop();
});

test('a store has no links until a client asks for them', async () => {
  const database = await testDatabase();
  const server = await embeddedEventStore(database.url);
  const client = EventStoreDBClient.connectionString(server.url);
  await client.appendToStream('cat-1', events(5));
  const { default: pg } = await import('pg');
  const connection = new pg.Client({ connectionString: database.url });
  await connection.connect();
  const { rows } = await connection.query<{ count: number }>(
    `select count(*)::int as count from eventstore.streams where name in ('$ce-cat', '$et-Tested', '$links-checkpoint')`,
  );
  assert.equal(rows[0]!.count, 0);
  await connection.end();
  await client.dispose();
  await server.close();
  await database.drop();
});
