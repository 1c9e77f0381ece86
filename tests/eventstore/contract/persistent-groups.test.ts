import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import {
  DISPATCH_TO_SINGLE,
  END,
  PersistentSubscriptionDoesNotExistError,
  PersistentSubscriptionDroppedError,
  PersistentSubscriptionExistsError,
  PersistentSubscriptionFailedError,
  PersistentSubscriptionMaximumSubscribersReachedError,
  PINNED,
  ROUND_ROBIN,
  START,
  streamNameFilter,
  UNBOUNDED,
} from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { events, newStream, seed, useEventStore } from '../support/event-store.ts';
import { ackAll, allSettings, confirmed, endedBy, streamSettings, work } from '../support/persistent.ts';
import { rejection } from '../support/wait.ts';

const store = useEventStore();

test('groups: can be created once and deleted once', async () => {
  const s = newStream();
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const twice = await rejection(store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings()));
  assert.ok(twice instanceof PersistentSubscriptionExistsError, String(twice));
  assert.equal(twice.streamName, s);
  assert.equal(twice.groupName, 'g');
  await store.client.deletePersistentSubscriptionToStream(s, 'g');
  const gone = await rejection(store.client.deletePersistentSubscriptionToStream(s, 'g'));
  assert.ok(gone instanceof PersistentSubscriptionDoesNotExistError, String(gone));
  assert.equal(gone.streamName, s);
  assert.equal(gone.groupName, 'g');
});

test('groups on $all: can be created once and deleted once', async () => {
  const group = newStream('g');
  await store.client.createPersistentSubscriptionToAll(group, allSettings(), {
    filter: streamNameFilter({ prefixes: ['x'] }),
  });
  const twice = await rejection(store.client.createPersistentSubscriptionToAll(group, allSettings()));
  assert.ok(twice instanceof PersistentSubscriptionExistsError, String(twice));
  await store.client.deletePersistentSubscriptionToAll(group);
  const gone = await rejection(store.client.deletePersistentSubscriptionToAll(group));
  assert.ok(gone instanceof PersistentSubscriptionDoesNotExistError, String(gone));
});

test('groups: exactly one of 10 concurrent creations succeeds', async () => {
  const s = newStream();
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings())),
  );
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
  await store.client.deletePersistentSubscriptionToStream(s, 'g');
});

test('groups: every request for a missing group reports that it does not exist', async () => {
  const s = newStream();
  const { client } = store;
  const requests = [
    () => client.updatePersistentSubscriptionToStream(s, 'none', streamSettings()),
    () => client.getPersistentSubscriptionToStreamInfo(s, 'none'),
    () => client.replayParkedMessagesToStream(s, 'none'),
    () => client.listPersistentSubscriptionsToStream(s),
    () => client.updatePersistentSubscriptionToAll(newStream('none'), allSettings()),
    () => client.getPersistentSubscriptionToAllInfo(newStream('none')),
    () => client.replayParkedMessagesToAll(newStream('none')),
  ];
  for (const request of requests) {
    const error = await rejection(request());
    assert.ok(error instanceof PersistentSubscriptionDoesNotExistError, String(error));
  }
  const error = await endedBy(client.subscribeToPersistentSubscriptionToStream(s, 'none'));
  assert.ok(error instanceof PersistentSubscriptionDoesNotExistError, String(error));
  assert.equal(error.streamName, s);
  const onAll = await endedBy(client.subscribeToPersistentSubscriptionToAll(newStream('none')));
  assert.ok(onAll instanceof PersistentSubscriptionDoesNotExistError, String(onAll));
});

test('groups: settings are returned as created, and as updated', async () => {
  const s = newStream();
  const settings = streamSettings({
    startFrom: END,
    resolveLinkTos: true,
    extraStatistics: true,
    messageTimeout: 12_345,
    maxRetryCount: 3,
    checkPointAfter: 700,
    checkPointLowerBound: 4,
    checkPointUpperBound: 40,
    maxSubscriberCount: 5,
    liveBufferSize: 70,
    readBatchSize: 7,
    historyBufferSize: 77,
    consumerStrategyName: DISPATCH_TO_SINGLE,
  });
  await store.client.createPersistentSubscriptionToStream(s, 'g', settings);
  const info = await store.client.getPersistentSubscriptionToStreamInfo(s, 'g');
  assert.equal(info.eventSource, s);
  assert.equal(info.groupName, 'g');
  assert.deepEqual(info.settings, settings);
  assert.deepEqual(info.connections, []);
  assert.equal(info.stats.lastKnownEventRevision, undefined);

  const changed = {
    ...settings,
    startFrom: 123n,
    maxSubscriberCount: UNBOUNDED,
    consumerStrategyName: ROUND_ROBIN,
  } as const;
  await store.client.updatePersistentSubscriptionToStream(s, 'g', changed);
  assert.deepEqual((await store.client.getPersistentSubscriptionToStreamInfo(s, 'g')).settings, changed);
  await store.client.deletePersistentSubscriptionToStream(s, 'g');
});

test('groups on $all: settings are returned as created', async () => {
  const group = newStream('g');
  const { position } = await store.client.appendToStream(newStream(), events(1));
  for (const startFrom of [START, END, { commit: position!.commit, prepare: position!.prepare }] as const) {
    const settings = allSettings({ startFrom, consumerStrategyName: PINNED });
    await store.client.createPersistentSubscriptionToAll(group, settings);
    const info = await store.client.getPersistentSubscriptionToAllInfo(group);
    assert.equal(info.eventSource, '$all');
    assert.deepEqual(info.settings, settings);
    await store.client.deletePersistentSubscriptionToAll(group);
  }
});

test('groups: refuses invalid settings', async () => {
  const s = newStream();
  const wrong = [
    streamSettings({ readBatchSize: 500, historyBufferSize: 500 }),
    streamSettings({ readBatchSize: 600, historyBufferSize: 500 }),
  ];
  for (const settings of wrong) {
    const error = await rejection(store.client.createPersistentSubscriptionToStream(s, 'g', settings));
    assert.ok(error instanceof PersistentSubscriptionFailedError, String(error));
    assert.ok(error.reason.length > 0);
  }
  const beyond = 2n ** 60n;
  const error = await rejection(
    store.client.createPersistentSubscriptionToAll(
      newStream('g'),
      allSettings({ startFrom: { commit: beyond, prepare: beyond } }),
    ),
  );
  assert.ok(error instanceof PersistentSubscriptionFailedError, String(error));
});

test('groups: can be listed for a stream, for $all, and for everything', async () => {
  const [s, other] = [newStream(), newStream()];
  const onAll = newStream('g');
  await store.client.createPersistentSubscriptionToStream(s, 'g1', streamSettings());
  await store.client.createPersistentSubscriptionToStream(s, 'g2', streamSettings());
  await store.client.createPersistentSubscriptionToStream(other, 'g3', streamSettings());
  await store.client.createPersistentSubscriptionToAll(onAll, allSettings({ startFrom: END }));
  const names = (infos: { groupName: string }[]) => infos.map((info) => info.groupName).sort();
  assert.deepEqual(names(await store.client.listPersistentSubscriptionsToStream(s)), ['g1', 'g2']);
  assert.ok(names(await store.client.listPersistentSubscriptionsToAll()).includes(onAll));
  const all = names(await store.client.listAllPersistentSubscriptions());
  for (const name of ['g1', 'g2', 'g3', onAll]) assert.ok(all.includes(name), name);
  await store.client.deletePersistentSubscriptionToStream(s, 'g1');
  assert.deepEqual(names(await store.client.listPersistentSubscriptionsToStream(s)), ['g2']);
  await store.client.deletePersistentSubscriptionToAll(onAll);
});

test('groups: deleting a group ends its consumers', async () => {
  const s = newStream();
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await confirmed(subscription);
  const ended = endedBy(subscription);
  await store.client.deletePersistentSubscriptionToStream(s, 'g');
  const error = await ended;
  assert.ok(error instanceof PersistentSubscriptionDroppedError, String(error));
  assert.equal(error.streamName, s);
  assert.equal(error.groupName, 'g');
});

test('groups: updating a group ends its consumers, who can reconnect', async () => {
  const s = await seed(store.client, newStream(), 3);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await confirmed(subscription);
  const ended = endedBy(subscription);
  await store.client.updatePersistentSubscriptionToStream(s, 'g', streamSettings({ maxRetryCount: 1 }));
  const error = await ended;
  assert.ok(error instanceof PersistentSubscriptionDroppedError, String(error));
  const seen = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'g'), 3);
  assert.equal(seen.length, 3);
});

test('groups: a group that is deleted and created again starts over', async () => {
  const s = await seed(store.client, newStream(), 5);
  const settings = streamSettings({ checkPointLowerBound: 1, checkPointUpperBound: 1 });
  await store.client.createPersistentSubscriptionToStream(s, 'g', settings);
  await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'g'), 5);
  await store.client.deletePersistentSubscriptionToStream(s, 'g');
  await store.client.createPersistentSubscriptionToStream(s, 'g', settings);
  const seen = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'g'), 5);
  assert.deepEqual(
    seen.map((each) => Number(each.event?.revision)),
    [0, 1, 2, 3, 4],
  );
});

test('groups: refuses more consumers than allowed', async () => {
  const s = newStream();
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings({ maxSubscriberCount: 1 }));
  const first = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await confirmed(first);
  const error = await endedBy(store.client.subscribeToPersistentSubscriptionToStream(s, 'g'));
  assert.ok(error instanceof PersistentSubscriptionMaximumSubscribersReachedError, String(error));
  assert.equal(error.groupName, 'g');
  await first.unsubscribe();
  await until('the slot to be free again', async () => {
    const { connections } = await store.client.getPersistentSubscriptionToStreamInfo(s, 'g');
    return connections.length === 0;
  });
  const second = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await confirmed(second);
  await second.unsubscribe();
});

test('groups: survive a restart of the subsystem', async () => {
  const s = await seed(store.client, newStream(), 4);
  const settings = streamSettings({ checkPointLowerBound: 1, checkPointUpperBound: 1 });
  await store.client.createPersistentSubscriptionToStream(s, 'g', settings);
  await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, 'g'), 4);
  await until('the checkpoint to be written', async () => {
    const { stats } = await store.client.getPersistentSubscriptionToStreamInfo(s, 'g');
    return stats.lastCheckpointedEventRevision === 3n;
  });
  await store.client.restartPersistentSubscriptionSubsystem();
  await until('it to be there again', () =>
    store.client.getPersistentSubscriptionToStreamInfo(s, 'g').then(
      () => true,
      () => false,
    ),
  );
  await seed(store.client, s, 1);
  // Messages that were acked before may come again.
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await work(
    store.client,
    subscription,
    (each) => subscription.ack(each),
    (seen) => seen.some((each) => each.event?.revision === 4n),
  );
});

test('groups: report statistics of their connections', async () => {
  const s = await seed(store.client, newStream(), 30);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings({ extraStatistics: true }));
  const client = store.connect('&connectionName=the-worker');
  const subscription = client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize: 10 });
  let acked = 0;
  subscription.on('error', () => {});
  subscription.on('data', async (event) => {
    if (acked++ < 20) await subscription.ack(event);
  });
  const info = await until('20 acked, 10 in flight', async () => {
    const got = await store.client.getPersistentSubscriptionToStreamInfo(s, 'g');
    const [connection] = got.connections;
    return connection?.inFlightMessages === 10 && connection.totalItems === 30n && got;
  });
  assert.equal(info.status, 'Live');
  assert.equal(info.stats.totalItems, 30n);
  assert.equal(info.stats.totalInFlightMessages, 10);
  assert.equal(info.stats.outstandingMessagesCount, 10);
  assert.equal(info.stats.lastKnownEventRevision, 29n);
  const [connection] = info.connections;
  assert.equal(connection!.connectionName, 'the-worker');
  assert.equal(connection!.availableSlots, 0);
  for (const name of ['mean', 'median', 'fastest', 'quintile 3', '99%', 'highest'] as const) {
    assert.equal(typeof connection!.extraStatistics?.get(name), 'bigint', name);
  }
  await subscription.unsubscribe();
});

test('groups: accept names with Unicode, slashes and spaces', async () => {
  const s = await seed(store.client, newStream('어학연구소/0️⃣ x'), 2);
  const group = 'ヽ༼ຈل͜ຈ༽ﾉ / ::';
  await store.client.createPersistentSubscriptionToStream(s, group, streamSettings());
  const seen = await ackAll(store.client, store.client.subscribeToPersistentSubscriptionToStream(s, group), 2);
  assert.equal(seen.length, 2);
  assert.equal((await store.client.getPersistentSubscriptionToStreamInfo(s, group)).groupName, group);
  await store.client.deletePersistentSubscriptionToStream(s, group);
});
