import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import {
  BACKWARDS,
  END,
  metastreamOf,
  NO_STREAM,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { event, newStream, seed, useEventStore } from '../support/event-store.ts';
import { collect, eventsOf, listen, rejection, revisionsOf } from '../support/wait.ts';

const store = useEventStore();

const readable = async (s: string) => revisionsOf(await collect(store.client.readStream(s)));

test('metadata: is empty unless set', async () => {
  const got = await store.client.getStreamMetadata(await seed(store.client, newStream(), 1));
  assert.deepEqual(got.metadata ?? {}, {});
});

test('metadata: is returned as set, including custom keys and ACLs, with its own revision', async () => {
  const s = newStream('meta');
  const acl = { readRoles: ['$admins'], writeRoles: ['ops'] };
  const first = await store.client.setStreamMetadata(s, {
    maxCount: 7,
    maxAge: 3600,
    cacheControl: 9,
    acl,
    own: 'kept',
  });
  assert.equal(first.nextExpectedRevision, 0n);
  const { metadata } = await store.client.getStreamMetadata<{ own: string }>(s);
  assert.equal(metadata?.maxCount, 7);
  assert.equal(metadata?.maxAge, 3600);
  assert.equal(metadata?.cacheControl, 9);
  assert.equal(metadata?.own, 'kept');
  const second = await store.client.setStreamMetadata(s, { maxCount: 8 }, { expectedRevision: 0n });
  assert.equal(second.nextExpectedRevision, 1n);
  assert.equal((await store.client.getStreamMetadata(s)).metadata?.maxCount, 8);
  const error = await rejection(store.client.setStreamMetadata(s, { maxCount: 9 }, { expectedRevision: 0n }));
  assert.ok(error instanceof WrongExpectedVersionError, String(error));
});

test('metadata: is stored as a $metadata event in the metastream and in $all', async () => {
  const s = await seed(store.client, newStream(), 1);
  const { position } = await store.client.setStreamMetadata(s, { maxCount: 3 });
  const [event] = await collect(store.client.readStream(metastreamOf(s)));
  assert.equal(event!.event!.type, '$metadata');
  assert.deepEqual(event!.event!.data, { $maxCount: 3 });
  const [inAll] = await collect(store.client.readAll({ fromPosition: position!, maxCount: 1 }));
  assert.equal(inAll!.event!.streamId, `$$${s}`);
});

test('metadata: only the newest event of a metastream is readable', async () => {
  const s = newStream();
  for (const maxCount of [1, 2, 3]) await store.client.setStreamMetadata(s, { maxCount });
  assert.deepEqual(await readable(metastreamOf(s)), [2]);
});

test('maxCount: limits reads in both directions, and moves along with the stream', async () => {
  const s = await seed(store.client, newStream(), 6);
  await store.client.setStreamMetadata(s, { maxCount: 2 });
  assert.deepEqual(await readable(s), [4, 5]);
  const back = await collect(store.client.readStream(s, { direction: BACKWARDS, fromRevision: END }));
  assert.deepEqual(revisionsOf(back), [5, 4]);
  await seed(store.client, s, 1);
  assert.deepEqual(await readable(s), [5, 6]);
  await store.client.setStreamMetadata(s, { maxCount: 100 });
  assert.equal((await readable(s)).at(-1), 6);
});

test('maxCount: subscriptions to the stream start at the first readable event', async () => {
  const s = await seed(store.client, newStream(), 6);
  await store.client.setStreamMetadata(s, { maxCount: 2 });
  const heard = await listen(
    store.client.subscribeToStream(s, { fromRevision: START }),
    (all) => all.at(-1) === 'caughtUp',
  );
  assert.deepEqual(revisionsOf(eventsOf(heard)), [4, 5]);
});

test('truncateBefore: hides older events', async () => {
  const s = await seed(store.client, newStream(), 6);
  await store.client.setStreamMetadata(s, { truncateBefore: 3 });
  assert.deepEqual(await readable(s), [3, 4, 5]);
  assert.deepEqual(revisionsOf(await collect(store.client.readStream(s, { maxCount: 2 }))), [3, 4]);
  assert.equal((await store.client.appendToStream(s, event(), { expectedRevision: 5n })).nextExpectedRevision, 6n);
});

test('maxAge: hides events that are too old', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.setStreamMetadata(s, { maxAge: 1 });
  await until('the old events are gone', async () => (await readable(s)).length === 0);
  await seed(store.client, s, 1);
  await store.client.setStreamMetadata(s, { maxAge: 600 });
  assert.equal((await readable(s)).at(-1), 2);
});

test('delete: is soft; new events continue the old revisions', async () => {
  const s = await seed(store.client, newStream(), 2);
  const deleted = await store.client.deleteStream(s, { expectedRevision: 1n });
  assert.equal(typeof deleted.position?.commit, 'bigint');
  const error = await rejection(readable(s));
  assert.ok(error instanceof StreamNotFoundError, String(error));
  assert.equal((await store.client.getStreamMetadata(s)).metadata?.truncateBefore, Number(2n ** 63n - 1n));
  const again = await store.client.appendToStream(s, event('Again'), { expectedRevision: NO_STREAM });
  assert.equal(again.nextExpectedRevision, 2n);
  assert.deepEqual(await readable(s), [2]);
  assert.equal((await store.client.appendToStream(s, event(), { expectedRevision: 2n })).nextExpectedRevision, 3n);
});

test('delete: a deleted stream can be reopened with ANY', async () => {
  const s = await seed(store.client, newStream(), 3);
  await store.client.deleteStream(s);
  assert.equal((await store.client.appendToStream(s, event())).nextExpectedRevision, 3n);
  assert.deepEqual(await readable(s), [3]);
});

test('delete: reopening with NO_STREAM a second time is a conflict, because the stream exists by then', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.deleteStream(s);
  const again = event('Again');
  await store.client.appendToStream(s, again, { expectedRevision: NO_STREAM });
  // A retry is recognised by the events that follow the expected revision; after NO_STREAM those are the deleted ones.
  const error = await rejection(store.client.appendToStream(s, again, { expectedRevision: NO_STREAM }));
  assert.ok(error instanceof WrongExpectedVersionError, String(error));
  assert.equal(error.actualVersion, 2n);
  assert.deepEqual(await readable(s), [2]);
});

test('delete: with a wrong revision, does nothing', async () => {
  const s = await seed(store.client, newStream(), 2);
  const error = await rejection(store.client.deleteStream(s, { expectedRevision: 0n }));
  assert.ok(error instanceof WrongExpectedVersionError, String(error));
  assert.equal(error.streamName, s);
  assert.equal(BigInt(error.expectedVersion), 0n);
  assert.equal(BigInt(error.actualVersion), 1n);
  assert.deepEqual(await readable(s), [0, 1]);
});

test('delete: NO_STREAM for an existing stream is a conflict', async () => {
  const s = await seed(store.client, newStream(), 2);
  const error = await rejection(store.client.deleteStream(s, { expectedRevision: NO_STREAM }));
  assert.ok(error instanceof WrongExpectedVersionError, String(error));
});

test('delete: also removes earlier metadata', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.setStreamMetadata(s, { own: 'gone', maxCount: 1 });
  await store.client.deleteStream(s);
  await seed(store.client, s, 2);
  const { metadata } = await store.client.getStreamMetadata<{ own: string }>(s);
  assert.equal(metadata?.own, undefined);
  assert.equal(metadata?.truncateBefore, 2);
  assert.deepEqual(await readable(s), [2, 3]);
});

test('tombstone: is permanent, and writes a $streamDeleted event to $all', async () => {
  const s = await seed(store.client, newStream(), 2);
  const { position } = await store.client.tombstoneStream(s, { expectedRevision: 1n });
  const error = await rejection(readable(s));
  assert.ok(error instanceof StreamDeletedError, String(error));
  assert.equal(error.streamName, s);
  const [inAll] = await collect(store.client.readAll({ fromPosition: position!, maxCount: 1 }));
  assert.equal(inAll!.event!.type, '$streamDeleted');
  assert.equal(inAll!.event!.streamId, s);
  assert.equal(inAll!.event!.revision, 9_223_372_036_854_775_807n);
  for (const again of [store.client.tombstoneStream(s), store.client.deleteStream(s)]) {
    assert.ok((await rejection(again)) instanceof StreamDeletedError);
  }
});

test('tombstone: can be set on a stream that never existed', async () => {
  const s = newStream();
  await store.client.tombstoneStream(s, { expectedRevision: NO_STREAM });
  assert.ok((await rejection(readable(s))) instanceof StreamDeletedError);
});

test('tombstone: with a wrong revision, does nothing', async () => {
  const s = await seed(store.client, newStream(), 2);
  const error = await rejection(store.client.tombstoneStream(s, { expectedRevision: 5n }));
  assert.ok(error instanceof WrongExpectedVersionError, String(error));
  assert.deepEqual(await readable(s), [0, 1]);
});
