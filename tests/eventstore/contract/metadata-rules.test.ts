import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import {
  BACKWARDS,
  binaryEvent,
  END,
  jsonEvent,
  metastreamOf,
  START,
  StreamDeletedError,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { event, newStream, seed, useEventStore } from '../support/event-store.ts';
import { collect, rejection, revisionsOf } from '../support/wait.ts';

/** Rules of EventStoreDB 23.10 about metadata that are surprising. */
const store = useEventStore();

const readable = async (s: string) => revisionsOf(await collect(store.client.readStream(s)));
const metadata = (data: Record<string, unknown>) =>
  jsonEvent({ type: '$metadata', data: data as Record<string, string> });

test('setting the metadata of a deleted stream reopens it, without its old events', async () => {
  const s = await seed(store.client, newStream(), 3);
  await store.client.deleteStream(s);
  await store.client.setStreamMetadata(s, { maxCount: 10, own: 'kept' });
  assert.deepEqual(await readable(s), []);
  const got = await store.client.getStreamMetadata<{ own: string }>(s);
  assert.equal(got.metadata?.truncateBefore, 3);
  assert.equal(got.metadata?.maxCount, 10);
  assert.equal(got.metadata?.own, 'kept');
  assert.deepEqual(await readable(metastreamOf(s)), [2], 'the new metadata, and the change that reopens the stream');
  await seed(store.client, s, 2);
  assert.deepEqual(await readable(s), [3, 4]);
  assert.deepEqual(await readable(metastreamOf(s)), [2]);
});

test('appending to a deleted stream writes the event first, then the metadata that reopens it', async () => {
  const s = await seed(store.client, newStream(), 1);
  await store.client.deleteStream(s);
  const { position } = await store.client.appendToStream(s, event());
  const following: string[] = [];
  for await (const { event } of store.client.readAll({ fromPosition: position! }))
    if (event?.streamId === s || event?.streamId === metastreamOf(s)) following.push(event.streamId);
  assert.deepEqual(following, [s, metastreamOf(s)]);
});

test('the last event of a metadata stream counts, whatever its type', async () => {
  const s = await seed(store.client, newStream(), 4);
  await store.client.appendToStream(metastreamOf(s), jsonEvent({ type: 'Anything', data: { $tb: 2 } }));
  assert.deepEqual(await readable(s), [2, 3]);
  await store.client.appendToStream(metastreamOf(s), [metadata({ $maxCount: 1 }), metadata({ $tb: 1 })]);
  assert.deepEqual(await readable(s), [1, 2, 3]);
  await store.client.appendToStream(
    metastreamOf(s),
    binaryEvent({ type: '$metadata', data: Buffer.from('{"$tb":3}') }),
  );
  assert.deepEqual(await readable(s), [0, 1, 2, 3], 'metadata not marked as JSON has no effect');
});

test('metadata with one invalid field has no effect at all', async () => {
  for (const data of [
    { $tb: 2, $maxCount: '1' },
    { $tb: 2, $maxAge: 1.5 },
    { $tb: 2 ** 63 },
    { $tb: 2, $maxCount: null },
    { $tb: 2, $acl: 'x' },
  ]) {
    const s = await seed(store.client, newStream(), 3);
    await store.client.appendToStream(metastreamOf(s), metadata(data));
    assert.deepEqual(await readable(s), [0, 1, 2], JSON.stringify(data));
  }
});

test('numbers below one are not limits', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.appendToStream(metastreamOf(s), metadata({ $tb: -1, $maxCount: 0, $maxAge: -5 }));
  assert.deepEqual(await readable(s), [0, 1]);
});

test('a metadata stream ignores metadata: its last event is always readable', async () => {
  const s = await seed(store.client, newStream(), 1);
  const meta = metastreamOf(s);
  for (const maxCount of [1, 2, 3]) await store.client.setStreamMetadata(s, { maxCount });
  await store.client.setStreamMetadata(meta, { truncateBefore: 100, maxCount: 3 });
  assert.deepEqual(await readable(meta), [2]);
  await store.client.deleteStream(meta);
  assert.deepEqual(await readable(meta), [2]);
  assert.equal((await store.client.setStreamMetadata(s, { maxCount: 4 })).nextExpectedRevision, 3n);
});

test('a tombstone also closes the metadata stream', async () => {
  const s = await seed(store.client, newStream(), 1);
  await store.client.setStreamMetadata(s, { maxCount: 3 });
  await store.client.tombstoneStream(s);
  assert.ok((await rejection(store.client.getStreamMetadata(s))) instanceof StreamDeletedError);
  const other = await seed(store.client, newStream(), 1);
  await store.client.tombstoneStream(other);
  assert.ok((await rejection(readable(metastreamOf(other)))) instanceof StreamDeletedError);
  assert.ok((await rejection(store.client.setStreamMetadata(other, { maxCount: 3 }))) instanceof StreamDeletedError);
});

test('a tombstoned metadata stream counts as no metadata', async () => {
  const s = await seed(store.client, newStream(), 3);
  await store.client.setStreamMetadata(s, { maxCount: 1 });
  assert.deepEqual(await readable(s), [2]);
  await store.client.tombstoneStream(metastreamOf(s));
  assert.deepEqual(await readable(s), [0, 1, 2]);
  assert.ok((await rejection(store.client.setStreamMetadata(s, { maxCount: 2 }))) instanceof StreamDeletedError);
});

test('of maxCount, truncateBefore and maxAge, the strictest applies', async () => {
  const s = await seed(store.client, newStream(), 6);
  await store.client.setStreamMetadata(s, { maxCount: 4, truncateBefore: 1, maxAge: 600 });
  assert.deepEqual(await readable(s), [2, 3, 4, 5]);
  await store.client.setStreamMetadata(s, { maxCount: 4, truncateBefore: 4, maxAge: 600 });
  assert.deepEqual(await readable(s), [4, 5]);
  await store.client.setStreamMetadata(s, { maxCount: 4, truncateBefore: 4, maxAge: 1 });
  await until('all to be too old', async () => (await readable(s)).length === 0);
  await seed(store.client, s, 1);
  assert.deepEqual(await readable(s), [6]);
});

test('truncateBefore beyond the end leaves the stream empty until it has grown that far', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.setStreamMetadata(s, { truncateBefore: 3 });
  assert.deepEqual(await readable(s), []);
  const back = { direction: BACKWARDS, fromRevision: END } as const;
  assert.deepEqual(await collect(store.client.readStream(s, back)), []);
  await store.client.appendToStream(s, event(), { expectedRevision: 1n });
  assert.deepEqual(await readable(s), []);
  await seed(store.client, s, 2);
  assert.deepEqual(await readable(s), [3, 4]);
});

test('a read from a truncated revision starts at the first readable event; maxCount counts returned events', async () => {
  const s = await seed(store.client, newStream(), 8);
  await store.client.setStreamMetadata(s, { truncateBefore: 5 });
  const read = (fromRevision: bigint, maxCount: number) =>
    collect(store.client.readStream(s, { fromRevision, maxCount })).then(revisionsOf);
  assert.deepEqual(await read(1n, 2), [5, 6]);
  assert.deepEqual(await read(6n, 5), [6, 7]);
  assert.deepEqual(await read(90n, 5), []);
  const back = (fromRevision: bigint | typeof START, maxCount: number) =>
    collect(store.client.readStream(s, { direction: BACKWARDS, fromRevision, maxCount })).then(revisionsOf);
  assert.deepEqual(await back(90n, 2), [7, 6]);
  assert.deepEqual(await back(6n, 9), [6, 5]);
  assert.deepEqual(await back(3n, 9), []);
  assert.deepEqual(await back(START, 9), []);
});

test('a stream that has only metadata does not exist, but can be deleted', async () => {
  const s = newStream();
  await store.client.setStreamMetadata(s, { maxCount: 3 });
  assert.ok((await rejection(readable(s))) instanceof StreamNotFoundError);
  await store.client.deleteStream(s);
  assert.equal((await seed(store.client, s, 1)) && (await readable(s)).length, 1);
});
