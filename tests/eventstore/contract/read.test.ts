import { strict as assert } from 'node:assert';
import {
  BACKWARDS,
  END,
  FORWARDS,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  START,
  StreamDeletedError,
  StreamNotFoundError,
} from '@eventstore/db-client';
import { event, events, newStream, seed, useEventStore } from '../support/event-store.ts';
import { testBothReaders } from '../support/own-reader.ts';
import { collect, rejection, revisionsOf } from '../support/wait.ts';

const store = useEventStore();
const test = testBothReaders(store);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('readStream: reads forwards and backwards, from a revision, at most maxCount events', async () => {
  const s = await seed(store.client, newStream(), 10);
  const read = async (options: ReadStreamOptions) => revisionsOf(await collect(store.client.readStream(s, options)));
  assert.deepEqual(await read({}), upTo(10));
  assert.deepEqual(await read({ maxCount: 3 }), [0, 1, 2]);
  assert.deepEqual(await read({ fromRevision: 7n }), [7, 8, 9]);
  assert.deepEqual(await read({ fromRevision: 4n, maxCount: 2 }), [4, 5]);
  assert.deepEqual(await read({ fromRevision: 50n }), []);
  assert.deepEqual(await read({ direction: BACKWARDS, fromRevision: END, maxCount: 3 }), [9, 8, 7]);
  assert.deepEqual(await read({ direction: BACKWARDS, fromRevision: 2n }), [2, 1, 0]);
  assert.deepEqual(await read({ direction: BACKWARDS, fromRevision: 50n, maxCount: 2 }), [9, 8]);
  assert.deepEqual(await read({ direction: BACKWARDS, fromRevision: START }), [0]);
});

test('readStream: the error for a missing stream names it', async () => {
  const s = newStream('never-ü');
  const error = await rejection(collect(store.client.readStream(s)));
  assert.ok(error instanceof StreamNotFoundError, String(error));
  assert.equal(error.streamName, s);
});

test('readStream: the error for a tombstoned stream names it', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.tombstoneStream(s);
  for (const direction of [FORWARDS, BACKWARDS] as const) {
    const fromRevision = direction === FORWARDS ? START : END;
    const error = await rejection(collect(store.client.readStream(s, { direction, fromRevision })));
    assert.ok(error instanceof StreamDeletedError, String(error));
    assert.equal(error.streamName, s);
  }
});

test('readStream: events carry the position of their append', async () => {
  const s = newStream();
  const appended = await store.client.appendToStream(s, event());
  const [read] = await collect(store.client.readStream(s));
  assert.equal(read!.event!.position!.commit, appended.position!.commit);
  assert.equal(read!.event!.position!.prepare, appended.position!.prepare);
  assert.equal(read!.commitPosition, appended.position!.commit);
});

test('readStream: a client can read its own append at once', async () => {
  const s = newStream();
  for (let n = 0; n < 50; n++) {
    await store.client.appendToStream(s, event('Own', { n }));
    const [last] = await collect(store.client.readStream(s, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }));
    assert.equal(Number(last!.event!.revision), n);
  }
});

test('readAll: reads events of very different sizes, each once and in order', async () => {
  const s = newStream();
  const small = (count: number) => store.client.appendToStream(s, events(count));
  const large = (bytes: number) => store.client.appendToStream(s, event('Large', { text: 'x'.repeat(bytes) }));
  // Many small ones after a large one, since a page is planned by the sizes of the previous ones.
  await small(300);
  await large(900_000);
  await large(9_000);
  await small(300);
  await large(300_000);
  await small(1);
  for (const direction of [FORWARDS, BACKWARDS] as const) {
    const all = await collect(
      store.client.readAll({ direction, fromPosition: direction === FORWARDS ? START : END, maxCount: 1_000_000 }),
    );
    const read = all.filter(({ event }) => event?.streamId === s).map(({ event }) => Number(event!.revision));
    const expected = upTo(604);
    assert.deepEqual(read, direction === FORWARDS ? expected : expected.reverse());
  }
});

test('readStream: reads 3,000 events in both directions', async () => {
  const s = newStream('long');
  for (let batch = 0; batch < 6; batch++) {
    await store.client.appendToStream(s, events(500, 'Long', batch * 500));
  }
  assert.deepEqual(revisionsOf(await collect(store.client.readStream(s))), upTo(3000));
  const back = await collect(store.client.readStream(s, { direction: BACKWARDS, fromRevision: END }));
  assert.deepEqual(revisionsOf(back), upTo(3000).reverse());
});

test('readStream: a reader that stops early does no harm', async () => {
  const s = newStream('early');
  await store.client.appendToStream(s, events(500));
  for (let i = 0; i < 20; i++) assert.equal((await collect(store.client.readStream(s), 3)).length, 3);
  assert.equal((await collect(store.client.readStream(s))).length, 500);
});

/** The first events of one stream in a read of `$all`: a real node writes links and statistics of its own in between. */
const eventsIn = async (stream: string, options: ReadAllOptions, count = Number.POSITIVE_INFINITY) => {
  const found: RecordedEvent[] = [];
  for await (const { event } of store.client.readAll(options)) {
    if (event?.streamId === stream) found.push(event);
    if (found.length >= count) break;
  }
  return found;
};
const revisions = (found: readonly { revision: bigint }[]): number[] => found.map((each) => Number(each.revision));

test('readAll: is ordered in both directions, and includes the start position', async () => {
  const s = await seed(store.client, newStream('all'), 5);
  const tail = await eventsIn(s, { direction: BACKWARDS, fromPosition: END }, 5);
  assert.deepEqual(revisions(tail), [4, 3, 2, 1, 0]);
  const from = tail[4]!.position as Position;
  const forward = await eventsIn(s, { fromPosition: from }, 5);
  assert.deepEqual(revisions(forward), upTo(5));
  for (let i = 1; i < 5; i++) assert.ok(forward[i]!.position!.commit > forward[i - 1]!.position!.commit);
  const [first] = await collect(store.client.readAll({ fromPosition: from, maxCount: 1 }));
  assert.equal(first!.event!.id, forward[0]!.id);
  // Backwards, a position is exclusive: the read begins before it.
  const before = { direction: BACKWARDS, fromPosition: forward[2]!.position as Position } as const;
  assert.deepEqual(revisions(await eventsIn(s, before, 2)), [1, 0]);
});

test('readAll: returns 5,000 events in order, each exactly once', async () => {
  const s = newStream('many');
  const start = (await store.client.appendToStream(s, event('Start'))).position as Position;
  for (let batch = 0; batch < 10; batch++) {
    await store.client.appendToStream(s, events(500, 'Many', batch * 500));
  }
  const [, ...all] = await eventsIn(s, { fromPosition: start });
  assert.deepEqual(
    all.map(({ data }) => (data as { n: number }).n),
    upTo(5000),
  );
});

test('readAll: returns each event of concurrent writers exactly once, each stream in order', async () => {
  const other = store.connect();
  const names = Array.from({ length: 20 }, () => newStream('mix'));
  const start = (await store.client.appendToStream(newStream('mark'), event())).position as Position;
  await Promise.all(
    Array.from({ length: 400 }, (_, i) =>
      (i % 2 ? other : store.client).appendToStream(names[i % 20]!, events(1 + (i % 3))),
    ),
  );
  const seen = new Map<string, number[]>(names.map((name) => [name, []]));
  for await (const { event: read } of store.client.readAll({ fromPosition: start })) {
    seen.get(read?.streamId ?? '')?.push(Number(read!.revision));
  }
  for (const [name, revisions] of seen) {
    assert.deepEqual(revisions, upTo(revisions.length), name);
    const own = await collect(store.client.readStream(name));
    assert.equal(own.length, revisions.length);
  }
});

test('readAll: respects maxCount, also backwards over many pages', async () => {
  const all = await collect(store.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 2500 }));
  assert.equal(all.length, 2500);
  for (let i = 1; i < all.length; i++) {
    assert.ok(all[i]!.event!.position!.commit < all[i - 1]!.event!.position!.commit);
  }
});
