import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { END, eventTypeFilter, PARK, RETRY, SKIP, STOP } from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { newStream, seed, useEventStore } from '../support/event-store.ts';
import {
  ackAll,
  allSettings,
  confirmed,
  parkedCount,
  revisions,
  seenAs,
  sortedRevisions,
  streamSettings,
  upTo,
  work,
} from '../support/persistent.ts';
import { collect } from '../support/wait.ts';

const store = useEventStore();

test('retries: nack retry resends the message with its retry count, until it is parked', async () => {
  const s = await seed(store.client, newStream(), 1);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings({ maxRetryCount: 2 }));
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const seen = await work(
    store.client,
    subscription,
    (each) => subscription.nack(RETRY, 'again', each),
    (all) => all.length === 3,
  );
  assert.deepEqual(seenAs(seen), ['0:0', '0:1', '0:2']);
  await until('it to be parked', async () => (await parkedCount(store.client, s, 'g')) === 1);
});

test('retries: skipped and stopped messages are not resent, and the group continues', async () => {
  const s = await seed(store.client, newStream(), 4);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 1 });
  const actions = [SKIP, STOP, SKIP] as const;
  const seen = await work(
    store.client,
    subscription,
    async (each, all) => {
      const action = actions[all.length - 1];
      await (action ? subscription.nack(action, 'no', each) : subscription.ack(each));
    },
    (all) => all.length === 4,
  );
  assert.deepEqual(seenAs(seen), ['0:0', '1:0', '2:0', '3:0']);
  assert.equal(await parkedCount(store.client, s, 'g'), 0);
});

test('retries: parked messages are links in their own stream, and can be replayed', async () => {
  const s = await seed(store.client, newStream(), 6);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await work(
    store.client,
    subscription,
    (each) => subscription.nack(PARK, 'look at it', each),
    (all) => all.length === 6,
  );
  await until('six to be parked', async () => (await parkedCount(store.client, s, 'g')) === 6);
  const parked = await collect(store.client.readStream(`$persistentsubscription-${s}::g-parked`));
  assert.equal(parked.length, 6);
  assert.ok(parked.every((each) => each.event?.type === '$>'));

  const again = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const replayed = ackAll(store.client, again, 6);
  await confirmed(again);
  await store.client.replayParkedMessagesToStream(s, 'g');
  const seen = await replayed;
  assert.deepEqual(sortedRevisions(seen), upTo(6));
  assert.ok(seen.every((each) => each.event?.streamId === s && each.link?.type === '$>'));
  await until('none to be parked', async () => (await parkedCount(store.client, s, 'g')) === 0);
});

test('retries: a replay can stop before a revision of the parked stream', async () => {
  const s = await seed(store.client, newStream(), 8);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 1 });
  await work(
    store.client,
    subscription,
    (each) => subscription.nack(PARK, 'later', each),
    (all) => all.length === 8,
  );
  await until('eight to be parked', async () => (await parkedCount(store.client, s, 'g')) === 8);
  const again = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const replayed = ackAll(store.client, again, 3);
  await confirmed(again);
  await store.client.replayParkedMessagesToStream(s, 'g', { stopAt: 3 });
  assert.deepEqual(sortedRevisions(await replayed), [0, 1, 2]);
  await until('five to be parked', async () => (await parkedCount(store.client, s, 'g')) === 5);
  const rest = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const replayedRest = ackAll(store.client, rest, 5);
  await confirmed(rest);
  await store.client.replayParkedMessagesToStream(s, 'g');
  assert.deepEqual(sortedRevisions(await replayedRest), [3, 4, 5, 6, 7]);
});

test('retries: a message that times out is resent', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings({ messageTimeout: 300 }));
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const seen = await work(
    store.client,
    subscription,
    (each) => (each.retryCount ? subscription.ack(each) : undefined),
    (all) => all.length === 4,
  );
  // An ack that is late, too, is followed by another attempt.
  assert.deepEqual(seenAs(seen).slice(0, 4).sort(), ['0:0', '0:1', '1:0', '1:1']);
});

test('retries: unanswered messages of a disconnected consumer go to another', async () => {
  const s = await seed(store.client, newStream(), 10);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const first = store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 10 });
  await work(
    store.client,
    first,
    () => undefined,
    (all) => all.length === 10,
  );
  const seen = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'g'), 10);
  assert.deepEqual(sortedRevisions(seen), upTo(10));
  assert.ok(
    seen.every((each) => each.retryCount === 1),
    seenAs(seen).join(' '),
  );
});

test('retries: a restarted consumer resumes after its last ack', async () => {
  const s = await seed(store.client, newStream(), 20);
  const settings = streamSettings({ checkPointLowerBound: 1, checkPointUpperBound: 1, checkPointAfter: 100 });
  await store.client.createPersistentSubscriptionToStream(s, 'g', settings);
  const first = store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 1 });
  const seen = await work(
    store.client,
    first,
    async (each, all) => (all.length <= 10 ? first.ack(each) : undefined),
    (all) => all.length === 11,
  );
  assert.deepEqual(revisions(seen), upTo(11));
  const rest = await ackAll(
    store.client,
    store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 1 }),
    10,
  );
  assert.deepEqual(sortedRevisions(rest), upTo(20).slice(10));
});

test('retries on $all: a group from END parks and replays', async () => {
  const group = newStream('g');
  const s = newStream();
  await store.client.createPersistentSubscriptionToAll(group, allSettings({ startFrom: END }), {
    filter: eventTypeFilter({ regex: '^Tested$' }),
  });
  const subscription = store.client.subscribeToPersistentSubscriptionToAll(group);
  await confirmed(subscription);
  const parking = work(
    store.client,
    subscription,
    (each) => (each.event?.streamId === s ? subscription.nack(PARK, 'later', each) : subscription.ack(each)),
    (all) => all.filter((each) => each.event?.streamId === s).length === 3,
  );
  await seed(store.client, s, 3);
  await parking;
  await until('three to be parked', async () => {
    const { stats } = await store.client.getPersistentSubscriptionToAllInfo(group);
    return stats.parkedMessageCount === 3n;
  });
  const again = store.client.subscribeToPersistentSubscriptionToAll(group);
  const replayed = ackAll(store.client, again, 3);
  await confirmed(again);
  await store.client.replayParkedMessagesToAll(group);
  assert.deepEqual(sortedRevisions(await replayed), [0, 1, 2]);
  await store.client.deletePersistentSubscriptionToAll(group);
});
