import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { END, EventStoreDBClient, PARK } from '@eventstore/db-client';
import { embeddedEventStore } from '../../support/event-store/test-event-store.ts';
import type { EventStoreProcess } from '../../support/event-store/types.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';
import { newStream, seed } from '../support/event-store.ts';
import { ackAll, allSettings, confirmed, parkedCount, streamSettings, work } from '../support/persistent.ts';
import { collect, revisionsOf } from '../support/wait.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: EventStoreProcess;
let client: EventStoreDBClient;

const connect = () => EventStoreDBClient.connectionString([server.url] as unknown as TemplateStringsArray);

before(async () => {
  database = await testDatabase();
  server = await embeddedEventStore(database.url);
  client = connect();
});
after(async () => {
  await client.dispose();
  await server.close();
  await database.drop();
});

/** `kill -9`, then a new server on the same data. */
const restart = async (): Promise<void> => {
  await client.dispose();
  await server.kill();
  server = await embeddedEventStore(database.url);
  client = connect();
};

const everyAck = { checkPointLowerBound: 1, checkPointUpperBound: 1 };

/** Waits until group `g` would resume after this revision. */
const checkpointed = (stream: string, revision: number) =>
  until('the checkpoint to be in its stream', async () => {
    const written = await collect(client.readStream(`$persistentsubscription-${stream}::g-checkpoint`)).catch(() => []);
    return written.some(({ event }) => Number(event?.data) >= revision);
  });

test('groups, their settings and checkpoints survive a restart', async () => {
  const s = await seed(client, newStream(), 10);
  const settings = streamSettings({ ...everyAck, maxRetryCount: 7 });
  await client.createPersistentSubscriptionToStream(s, 'g', settings);
  const onAll = allSettings({ startFrom: END, ...everyAck });
  await client.createPersistentSubscriptionToAll('all', onAll);
  const first = client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 1 });
  await work(
    client,
    first,
    (each, all) => (all.length <= 6 ? first.ack(each) : undefined),
    (all) => all.length === 7,
  );
  await checkpointed(s, 5);
  await restart();
  assert.deepEqual((await client.getPersistentSubscriptionToStreamInfo(s, 'g')).settings, settings);
  assert.deepEqual((await client.getPersistentSubscriptionToAllInfo('all')).settings, onAll);
  const seen = await ackAll(client, client.subscribeToPersistentSubscriptionToStream(s, 'g'), 4);
  assert.deepEqual(revisionsOf(seen), [6, 7, 8, 9]);
});

test('a group from END without a checkpoint misses nothing that was appended since it was created', async () => {
  const s = await seed(client, newStream(), 3);
  await client.createPersistentSubscriptionToStream(s, 'g', streamSettings({ startFrom: END }));
  await seed(client, s, 2);
  await restart();
  const seen = await ackAll(client, client.subscribeToPersistentSubscriptionToStream(s, 'g'), 2);
  assert.deepEqual(revisionsOf(seen), [3, 4]);
});

test('parked messages survive a restart, even while being replayed', async () => {
  const s = await seed(client, newStream(), 4);
  await client.createPersistentSubscriptionToStream(s, 'g', streamSettings(everyAck));
  const parking = client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await work(
    client,
    parking,
    (each) => parking.nack(PARK, 'later', each),
    (all) => all.length === 4,
  );
  await until('four to be parked', async () => (await parkedCount(client, s, 'g')) === 4);
  // Events after the checkpoint are sent again, beside the parked ones.
  await checkpointed(s, 3);
  await restart();
  await until('four to be parked still', async () => (await parkedCount(client, s, 'g')) === 4);

  const replaying = client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const half = work(
    client,
    replaying,
    (each, all) => (all.length <= 2 ? replaying.ack(each) : undefined),
    (all) => all.length === 4,
  );
  await confirmed(replaying);
  await client.replayParkedMessagesToStream(s, 'g');
  await half;
  await until('acknowledged messages to be removed from the stream', async () => {
    const left = await collect(client.readStream(`$persistentsubscription-${s}::g-parked`)).catch(() => []);
    return left.length === 2;
  });
  await restart();
  await until('the other two to be parked', async () => (await parkedCount(client, s, 'g')) === 2);
  const last = client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const replayed = ackAll(client, last, 2);
  await confirmed(last);
  await client.replayParkedMessagesToStream(s, 'g');
  assert.deepEqual(revisionsOf(await replayed).sort(), [2, 3]);
});
