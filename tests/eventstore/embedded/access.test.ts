import { strict as assert } from 'node:assert';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EventStoreDBClient, persistentSubscriptionToStreamSettingsFromDefaults } from '@eventstore/db-client';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import { eventStoreAccess, eventStoreUrl } from '../../../platform/supervisor/event-store-access.ts';
import { embeddedEventStore, testAccess } from '../../support/event-store/test-event-store.ts';
import type { TestEventStore } from '../../support/event-store/types.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { event, newStream } from '../support/event-store.ts';
import { rawClient } from '../support/raw.ts';
import { collect } from '../support/wait.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestEventStore;
before(async () => {
  database = await testDatabase();
  server = await embeddedEventStore(database.url, { args: ['--advertise-host', 'es.example.com'] });
});
after(async () => {
  await server.close();
  await database.drop();
});

const withClient = async <T>(url: string, use: (client: EventStoreDBClient) => Promise<T>): Promise<T> => {
  const client = EventStoreDBClient.connectionString(url);
  try {
    return await use(client);
  } finally {
    await client.dispose();
  }
};

const unauthenticated = (error: unknown) => {
  assert.match(String((error as Error).message), /UNAUTHENTICATED/);
  return true;
};

const ways: readonly [what: string, run: (client: EventStoreDBClient) => Promise<unknown>][] = [
  ['append', (client) => client.appendToStream(newStream(), event())],
  ['read a stream', (client) => collect(client.readStream('kept'))],
  ['read $all', (client) => collect(client.readAll({ maxCount: 1 }))],
  ['subscribe', (client) => collect(client.subscribeToAll())],
  ['delete', (client) => client.deleteStream('kept')],
  ['tombstone', (client) => client.tombstoneStream('kept')],
  [
    'create a persistent subscription',
    (client) =>
      client.createPersistentSubscriptionToStream('kept', 'g', persistentSubscriptionToStreamSettingsFromDefaults()),
  ],
  ['list persistent subscriptions', (client) => client.listAllPersistentSubscriptions()],
];

for (const [who, credentials] of [
  ['without credentials', ''],
  ['with a wrong password', 'openhouse:wrong@'],
  ['with a wrong user', `admin:${testAccess().password}@`],
] as const) {
  test(`refuses every request ${who}`, async () => {
    const url = server.url.replace(/\/\/[^@]*@/, `//${credentials}`);
    for (const [what, run] of ways) {
      await withClient(url, async (client) => {
        await assert.rejects(run(client), unauthenticated, what);
      });
    }
  });
}

test('accepts requests with the right credentials', async () => {
  await withClient(server.url, async (client) => {
    await client.appendToStream('kept', event());
    assert.equal((await collect(client.readStream('kept'))).length, 1);
  });
});

test('does not answer unencrypted connections', async () => {
  const said = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'),
    );
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  assert.doesNotMatch(said, /204|HTTP/);
});

test('sends the advertised host to clients with discovery', async () => {
  const raw = rawClient(server.port);
  const { messages } = await raw.call('gossip.Gossip/Read', Buffer.alloc(0));
  raw.close();
  const [member] = gossip.ClusterInfo.deserializeBinary(messages[0]!).getMembersList();
  assert.equal(member?.getHttpEndPoint()?.getAddress(), 'es.example.com');
  assert.equal(member?.getHttpEndPoint()?.getPort(), server.port);
});

test('an insecure server requires no credentials', async () => {
  const other = await testDatabase();
  const open = await embeddedEventStore(other.url, { insecure: true });
  assert.match(open.url, /^esdb:\/\/127\.0\.0\.1:\d+\?tls=false$/);
  await withClient(open.url, async (client) => {
    await client.appendToStream('kept', event());
  });
  await open.close();
  await other.drop();
});

test('keeps separate credentials and a certificate per folder, readable by the owner only', async (t) => {
  const folder = join(temporaryFolder(t), 'a folder with & in its name');
  const first = eventStoreAccess(folder);
  assert.deepEqual(eventStoreAccess(folder), first);
  assert.notEqual(eventStoreAccess(temporaryFolder(t)).password, first.password);
  for (const file of [first.certificateFile, first.keyFile, first.credentialsFile]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  }
  assert.equal(statSync(folder).mode & 0o777, 0o700);

  const certificate = readFileSync(first.certificateFile, 'utf8');
  eventStoreAccess(folder, ['es.example.com']);
  const wider = readFileSync(first.certificateFile, 'utf8');
  assert.notEqual(wider, certificate, 'a new name needs a new certificate');
  eventStoreAccess(folder, ['es.example.com']);
  assert.equal(readFileSync(first.certificateFile, 'utf8'), wider);
  writeFileSync(first.certificateFile, 'broken');
  assert.equal(eventStoreAccess(folder).password, first.password, 'the password stays the same');
  assert.match(readFileSync(first.certificateFile, 'utf8'), /BEGIN CERTIFICATE/);
  assert.doesNotThrow(() => EventStoreDBClient.connectionString(eventStoreUrl('127.0.0.1', 1, first)));
});
