import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import {
  binaryEvent,
  DISPATCH_TO_SINGLE,
  END,
  eventTypeFilter,
  PINNED,
  type Position,
  ROUND_ROBIN,
} from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { event, events, newStream, seed, useEventStore } from '../support/event-store.ts';
import {
  ackAll,
  allSettings,
  confirmed,
  type PersistentEvent,
  revisions,
  streamSettings,
  upTo,
} from '../support/persistent.ts';
import { sleep } from '../support/wait.ts';

const store = useEventStore();

test('consumers: receive history, then live events, in order', async () => {
  const s = await seed(store.client, newStream(), 20);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const working = ackAll(store.client, subscription, 24);
  await confirmed(subscription);
  assert.equal(subscription.id, `${s}::g`);
  await seed(store.client, s, 4);
  assert.deepEqual(revisions(await working), upTo(24));
});

test('consumers: a group from a revision includes it; one from END begins with new events', async () => {
  const s = await seed(store.client, newStream(), 4);
  await store.client.createPersistentSubscriptionToStream(s, 'from', streamSettings({ startFrom: 2n }));
  await store.client.createPersistentSubscriptionToStream(s, 'end', streamSettings({ startFrom: END }));
  await seed(store.client, s, 2);
  const from = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'from'), 4);
  assert.deepEqual(revisions(from), [2, 3, 4, 5]);
  const end = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'end'), 2);
  assert.deepEqual(revisions(end), [4, 5]);
});

test('consumers: a group can be on a stream that does not exist yet', async () => {
  const s = newStream();
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const working = ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'g'), 3);
  await sleep(100);
  await seed(store.client, s, 3);
  assert.deepEqual(revisions(await working), [0, 1, 2]);
});

test('consumers: never have more unanswered messages than their buffer holds', async () => {
  const s = await seed(store.client, newStream(), 50);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 5 });
  const seen: PersistentEvent[] = [];
  subscription.on('error', () => {});
  subscription.on('data', (each) => seen.push(each));
  await until('five', () => seen.length === 5);
  await sleep(300);
  assert.equal(seen.length, 5);
  await subscription.ack(...seen.slice(0, 2));
  await until('two more messages', () => seen.length === 7);
  await subscription.unsubscribe();
});

test('consumers: two share the work without losing a message', async () => {
  const s = newStream();
  await store.client.createPersistentSubscriptionToStream(
    s,
    'g',
    streamSettings({ consumerStrategyName: ROUND_ROBIN }),
  );
  const shares = [new Set<number>(), new Set<number>()];
  const subscriptions = shares.map((share) => {
    const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
    subscription.on('error', () => {});
    subscription.on('data', async (each) => {
      share.add(Number(each.event!.revision));
      await subscription.ack(each);
    });
    return subscription;
  });
  await Promise.all(subscriptions.map(confirmed));
  await seed(store.client, s, 200);
  await until('200 events', () => shares[0]!.size + shares[1]!.size >= 200);
  assert.deepEqual(
    [...shares[0]!, ...shares[1]!].sort((a, b) => a - b),
    upTo(200),
  );
  assert.ok(shares[0]!.size > 20 && shares[1]!.size > 20, `${shares[0]!.size} and ${shares[1]!.size}`);
  await Promise.all(subscriptions.map((each) => each.unsubscribe()));
});

test('consumers: DispatchToSingle sends everything to one consumer while it has room', async () => {
  const s = newStream();
  const settings = streamSettings({ consumerStrategyName: DISPATCH_TO_SINGLE });
  await store.client.createPersistentSubscriptionToStream(s, 'g', settings);
  const counts = [0, 0];
  const subscriptions = counts.map((_, index) => {
    const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 50 });
    subscription.on('error', () => {});
    subscription.on('data', async (each) => {
      counts[index]!++;
      await subscription.ack(each);
    });
    return subscription;
  });
  await Promise.all(subscriptions.map(confirmed));
  await seed(store.client, s, 40);
  await until('40 events', () => counts[0]! + counts[1]! === 40);
  assert.deepEqual(
    [...counts].sort((a, b) => a - b),
    [0, 40],
  );
  await Promise.all(subscriptions.map((each) => each.unsubscribe()));
});

test('consumers: Pinned keeps each source stream with one consumer', async () => {
  const links = newStream('links');
  const settings = streamSettings({ consumerStrategyName: PINNED, resolveLinkTos: true });
  await store.client.createPersistentSubscriptionToStream(links, 'g', settings);
  const seenBy = [new Map<string, number[]>(), new Map<string, number[]>()];
  const subscriptions = seenBy.map((seen) => {
    const subscription = store.client.subscribeToPersistentSubscriptionToStream(links, 'g', { bufferSize: 200 });
    subscription.on('error', () => {});
    subscription.on('data', async (each) => {
      const { streamId, revision } = each.event!;
      seen.set(streamId, [...(seen.get(streamId) ?? []), Number(revision)]);
      await subscription.ack(each);
    });
    return subscription;
  });
  await Promise.all(subscriptions.map(confirmed));
  const sources = await Promise.all(upTo(12).map(() => seed(store.client, newStream('source'), 5)));
  for (const revision of upTo(5)) {
    await store.client.appendToStream(
      links,
      sources.map((source) => binaryEvent({ type: '$>', data: Buffer.from(`${revision}@${source}`) })),
    );
  }
  const total = () => seenBy.flatMap((seen) => [...seen.values()].flat()).length;
  await until('60 events', () => total() === 60);
  for (const source of sources) {
    const holders = seenBy.filter((seen) => seen.has(source));
    assert.equal(holders.length, 1, source);
    assert.deepEqual(holders[0]!.get(source), upTo(5));
  }
  assert.ok(
    seenBy.every((seen) => seen.size > 0),
    'both have streams of their own',
  );
  await Promise.all(subscriptions.map((each) => each.unsubscribe()));
});

test('consumers: links are resolved if the group is set to, and acked by the id of the link', async () => {
  const target = await seed(store.client, newStream('target'), 2);
  const links = newStream('links');
  await store.client.appendToStream(
    links,
    [`0@${target}`, `1@${target}`, `9@${target}`].map((data) => binaryEvent({ type: '$>', data: Buffer.from(data) })),
  );
  const settings = streamSettings({ resolveLinkTos: true });
  await store.client.createPersistentSubscriptionToStream(links, 'g', settings);
  const seen = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(links, 'g'), 3);
  assert.deepEqual(
    seen.map((each) => each.event?.streamId),
    [target, target, undefined],
  );
  assert.ok(seen.every((each) => each.link?.streamId === links));
  await until('all three to be answered', async () => {
    const { stats } = await store.client.getPersistentSubscriptionToStreamInfo(links, 'g');
    return stats.outstandingMessagesCount === 0;
  });
});

test('consumers: messages carry the position of their append', async () => {
  const s = newStream();
  const { position } = await store.client.appendToStream(s, event());
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const [seen] = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'g'), 1);
  assert.equal(seen!.event!.position!.commit, position!.commit);
  assert.equal(seen!.event!.position!.prepare, position!.prepare);
});

test('consumers on $all: a group from a position with a filter receives history and live events', async () => {
  const type = newStream('Wanted');
  const s = newStream();
  const mark = await store.client.appendToStream(s, event('Unwanted'));
  await seed(store.client, s, 3, type);
  const group = newStream('g');
  await store.client.createPersistentSubscriptionToAll(
    group,
    allSettings({ startFrom: mark.position as Position, checkPointLowerBound: 1, checkPointUpperBound: 2 }),
    { filter: eventTypeFilter({ prefixes: [type] }) },
  );
  const subscription = store.client.subscribeToPersistentSubscriptionToAll(group);
  const working = ackAll(store.client, subscription, 5);
  await confirmed(subscription);
  await seed(store.client, newStream(), 20);
  await seed(store.client, s, 2, type);
  const seen = await working;
  assert.deepEqual(revisions(seen), [1, 2, 3, 4, 5]);
  assert.ok(seen.every((each) => each.event!.type === type));
  await until('a checkpoint', async () => {
    const { stats } = await store.client.getPersistentSubscriptionToAllInfo(group);
    return stats.lastCheckpointedEventPosition !== undefined;
  });
  await store.client.deletePersistentSubscriptionToAll(group);
});

test('consumers on $all: a group without a filter does not receive its own bookkeeping', async () => {
  const group = newStream('g');
  const settings = allSettings({ startFrom: END, checkPointLowerBound: 1, checkPointUpperBound: 1 });
  await store.client.createPersistentSubscriptionToAll(group, settings);
  const subscription = store.client.subscribeToPersistentSubscriptionToAll(group, { bufferSize: 100 });
  const streams: string[] = [];
  subscription.on('error', () => {});
  subscription.on('data', async (each) => {
    streams.push(each.event!.streamId);
    await subscription.ack(each);
  });
  await confirmed(subscription);
  const s = newStream();
  for (let n = 0; n < 10; n++) await store.client.appendToStream(s, events(1));
  await until('ten events', () => streams.filter((each) => each === s).length === 10);
  await sleep(500);
  const own = streams.filter((each) => each.startsWith(`$persistentsubscription-$all::${group}`));
  assert.deepEqual(own, []);
  await subscription.unsubscribe();
  await store.client.deletePersistentSubscriptionToAll(group);
});
