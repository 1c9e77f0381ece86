import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EventStoreDBClient, START, UnavailableError } from '@eventstore/db-client';
import { embeddedEventStore, testCredentials } from '../../support/event-store/test-event-store.ts';
import type { EventStoreProcess } from '../../support/event-store/types.ts';
import { type TestPostgres, testPostgres } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';
import { events, newStream, seed } from '../support/event-store.ts';
import { ackAll, streamSettings } from '../support/persistent.ts';
import { collect, rejection, revisionsOf } from '../support/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'openhouse-outage-'));
let postgres: TestPostgres;
let server: EventStoreProcess;
let client: EventStoreDBClient;

before(async () => {
  postgres = await testPostgres({ folder, durable: true });
  server = await embeddedEventStore(postgres.url);
  client = EventStoreDBClient.connectionString([server.url] as unknown as TemplateStringsArray);
});
after(async () => {
  await client.dispose();
  await server.close();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

test('answers UNAVAILABLE while PostgreSQL is down, and recovers in the same process', async () => {
  const s = await seed(client, newStream(), 3);
  await client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  await ackAll(client, client.subscribeToPersistentSubscriptionToStream(s, 'g'), 3);

  await postgres.kill();
  const calls = [
    () => client.appendToStream(s, events(1)),
    () => client.appendToStream(s, events(1), { credentials: testCredentials() }),
    () => collect(client.readStream(newStream())),
    () => client.deleteStream(newStream(), { expectedRevision: 0n }),
    () => client.createPersistentSubscriptionToStream(s, 'another', streamSettings()),
  ];
  for (const call of calls) {
    const error = await rejection(call());
    assert.ok(error instanceof UnavailableError, `${call}: ${error}`);
  }

  postgres = await until('PostgreSQL to start again', () =>
    testPostgres({ folder, preferredPort: postgres.port, durable: true }).catch(() => undefined),
  );
  await until('appends to work again', () =>
    client.appendToStream(s, events(1)).then(
      () => true,
      () => false,
    ),
  );
  process.kill(server.pid, 0);
  const read = revisionsOf(await collect(client.readStream(s)));
  assert.deepEqual(read, [...read.keys()], 'no gaps');
  assert.ok(read.length >= 4);
  assert.ok((await collect(client.readAll({ fromPosition: START }))).length >= read.length);
  const seen = await ackAll(client, client.subscribeToPersistentSubscriptionToStream(s, 'g'), 1);
  assert.ok(revisionsOf(seen).every((revision) => revision >= 0));
  await client.createPersistentSubscriptionToStream(s, 'another', streamSettings());
});
