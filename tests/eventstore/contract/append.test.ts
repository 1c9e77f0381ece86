import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  ANY,
  type AppendExpectedRevision,
  type AppendToStreamOptions,
  binaryEvent,
  ErrorType,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { testCredentials } from '../../support/event-store/test-event-store.ts';
import { event, events, newStream, seed, useEventStore } from '../support/event-store.ts';
import { collect, rejection, revisionsOf, sleep, within } from '../support/wait.ts';

const store = useEventStore();

// Per-call credentials make the client use the unary Append instead of the batched one.
const ways: [string, AppendToStreamOptions][] = [
  ['batch', {}],
  ['unary', { credentials: testCredentials() }],
];

for (const [way, options] of ways) {
  test(`append (${way}): accepts NO_STREAM, an exact revision, STREAM_EXISTS and ANY in turn`, async () => {
    const s = newStream();
    const append = (expectedRevision: AppendExpectedRevision) =>
      store.client.appendToStream(s, event(), { ...options, expectedRevision });
    const first = await store.client.appendToStream(s, events(3), { ...options, expectedRevision: NO_STREAM });
    assert.equal(first.success, true);
    assert.equal(first.nextExpectedRevision, 2n);
    assert.equal((await append(2n)).nextExpectedRevision, 3n);
    assert.equal((await append(STREAM_EXISTS)).nextExpectedRevision, 4n);
    const last = await append(ANY);
    assert.equal(last.nextExpectedRevision, 5n);
    assert.ok(last.position!.commit > first.position!.commit);
    assert.ok(last.position!.prepare <= last.position!.commit);
  });

  const conflicts: [string, AppendExpectedRevision, number, bigint | typeof NO_STREAM][] = [
    ['a past revision', 0n, 5, 4n],
    ['a future revision', 99n, 5, 4n],
    ['NO_STREAM for an existing stream', NO_STREAM, 5, 4n],
    ['a revision of a missing stream', 0n, 0, NO_STREAM],
    ['STREAM_EXISTS for a missing stream', STREAM_EXISTS, 0, NO_STREAM],
  ];
  for (const [name, expectedRevision, seeded, actual] of conflicts) {
    test(`append (${way}): a conflict on ${name} reports the expected and actual revision`, async () => {
      const s = newStream();
      if (seeded) await seed(store.client, s, seeded);
      const error = await rejection(store.client.appendToStream(s, event(), { ...options, expectedRevision }));
      assert.ok(error instanceof WrongExpectedVersionError, String(error));
      assert.equal(error.type, ErrorType.WRONG_EXPECTED_VERSION);
      assert.equal(error.streamName, s);
      assert.equal(error.expectedVersion, expectedRevision);
      assert.equal(error.actualVersion, actual);
    });
  }

  test(`append (${way}): refuses an event over 1 MiB and stores nothing`, async () => {
    const s = newStream();
    const big = event('Big', { text: 'x'.repeat(1_048_576) });
    const error = await rejection(store.client.appendToStream(s, big, options));
    assert.ok(error instanceof MaxAppendSizeExceededError, String(error));
    assert.equal(error.maxAppendSize, 1_048_576);
    assert.equal((await store.client.appendToStream(s, event(), options)).nextExpectedRevision, 0n);
  });

  test(`append (${way}): refuses events that together exceed 1 MiB`, async () => {
    const s = newStream();
    const many = Array.from({ length: 5 }, () => event('Big', { text: 'x'.repeat(300_000) }));
    assert.ok((await rejection(store.client.appendToStream(s, many, options))) instanceof MaxAppendSizeExceededError);
    assert.equal((await store.client.appendToStream(s, many.slice(0, 3), options)).nextExpectedRevision, 2n);
  });

  test(`append (${way}): refuses to append to a tombstoned stream`, async () => {
    const s = await seed(store.client, newStream(), 2);
    await store.client.tombstoneStream(s);
    const error = await rejection(store.client.appendToStream(s, event(), options));
    assert.ok(error instanceof StreamDeletedError, String(error));
    assert.equal(error.streamName, s);
  });

  test(`append (${way}): stores a repeated event once and returns the first result`, async () => {
    const s = newStream();
    const same = event();
    const first = await store.client.appendToStream(s, same, options);
    await store.client.appendToStream(s, event(), options);
    for (const expectedRevision of [ANY, NO_STREAM] as const) {
      const again = await store.client.appendToStream(s, same, { ...options, expectedRevision });
      assert.equal(again.nextExpectedRevision, 0n);
      assert.equal(again.position!.commit, first.position!.commit);
    }
    assert.equal((await collect(store.client.readStream(s))).length, 2);
  });

  test(`append (${way}): answers a repeated list of events with its last revision`, async () => {
    const s = newStream();
    const list = events(4);
    await store.client.appendToStream(s, list, { ...options, expectedRevision: NO_STREAM });
    await store.client.appendToStream(s, event(), options);
    const again = await store.client.appendToStream(s, list, { ...options, expectedRevision: NO_STREAM });
    assert.equal(again.nextExpectedRevision, 3n);
    assert.equal((await collect(store.client.readStream(s))).length, 5);
  });

  test(`append (${way}): a mix of old and new event ids is a conflict, even with ANY`, async () => {
    const s = newStream();
    const old = event();
    await store.client.appendToStream(s, old, options);
    await store.client.appendToStream(s, event(), options);
    const error = await rejection(store.client.appendToStream(s, [old, event()], options));
    assert.ok(error instanceof WrongExpectedVersionError, String(error));
    assert.equal((await collect(store.client.readStream(s))).length, 2);
  });

  test(`append (${way}): accepts the same event id in another stream`, async () => {
    const same = event();
    const [a, b] = [newStream(), newStream()];
    await store.client.appendToStream(a, same, options);
    assert.equal((await store.client.appendToStream(b, same, options)).nextExpectedRevision, 0n);
    assert.equal((await collect(store.client.readStream(b))).length, 1);
  });

  test(`append (${way}): an empty list succeeds and appends nothing`, async () => {
    const s = await seed(store.client, newStream(), 3);
    const result = await within(60_000, 'an empty append', store.client.appendToStream(s, [], options));
    assert.equal(result.nextExpectedRevision, 2n);
    assert.equal((await collect(store.client.readStream(s))).length, 3);
  });

  test(`append (${way}): a refused call leaves nothing behind`, async () => {
    const s = await seed(store.client, newStream(), 1);
    await rejection(store.client.appendToStream(s, events(3), { ...options, expectedRevision: 5n }));
    assert.equal((await collect(store.client.readStream(s))).length, 1);
  });

  test(`append (${way}): without throwOnAppendFailure, returns a conflict as a result`, async () => {
    const s = await seed(store.client, newStream(), 2);
    const lenient = store.connect('&throwOnAppendFailure=false');
    const result = await lenient.appendToStream(s, event(), { ...options, expectedRevision: 0n });
    assert.equal(result.success, false);
    assert.equal((await collect(store.client.readStream(s))).length, 2);
  });

  test(`append (${way}): keeps the order of 400 events in one call`, async () => {
    const s = newStream();
    const result = await store.client.appendToStream(s, events(400), options);
    assert.equal(result.nextExpectedRevision, 399n);
    const read = await collect(store.client.readStream(s));
    assert.deepEqual(
      read.map((each) => (each.event!.data as { n: number }).n),
      Array.from({ length: 400 }, (_, n) => n),
    );
    assert.equal(read.at(-1)?.event?.position?.commit, result.position?.commit);
  });
}

test('append: exactly one of 40 concurrent writers with the same expected revision wins', async () => {
  const s = await seed(store.client, newStream(), 1);
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, () => store.client.appendToStream(s, event(), { expectedRevision: 0n })),
  );
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(result.reason instanceof WrongExpectedVersionError);
  }
  assert.equal((await collect(store.client.readStream(s))).length, 2);
});

test('append: 600 pipelined appends to 60 streams leave no gaps in the revisions', async () => {
  const names = Array.from({ length: 60 }, () => newStream('p'));
  await Promise.all(
    Array.from({ length: 600 }, (_, i) => store.client.appendToStream(names[i % 60]!, event('P', { i }))),
  );
  for (const name of names) {
    const read = await collect(store.client.readStream(name));
    assert.deepEqual(revisionsOf(read), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const written = read.map((each) => (each.event!.data as { i: number }).i);
    assert.deepEqual(
      written,
      [...written].sort((a, b) => a - b),
      'one client’s appends to one stream keep their order',
    );
  }
});

test('append: two clients that write to one stream get distinct revisions', async () => {
  const other = store.connect();
  const s = newStream();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => (i % 2 ? other : store.client).appendToStream(s, event())),
  );
  const revisions = answers.map((each) => Number(each.nextExpectedRevision)).sort((a, b) => a - b);
  assert.deepEqual(
    revisions,
    Array.from({ length: 100 }, (_, n) => n),
  );
});

test('append: JSON, metadata, binary data and Unicode survive a round trip', async () => {
  const s = newStream('ünï-日本');
  const id = randomUUID();
  await store.client.appendToStream(s, [
    jsonEvent({
      id,
      type: 'Čheck',
      data: { text: 'Ana María 🏠', n: 1.5, none: null, deep: { list: [1, 'two', false] } },
      metadata: { $correlationId: 'c', actor: 'x' },
    }),
    binaryEvent({ type: 'Raw', data: Buffer.from([0, 1, 254, 255]), metadata: Buffer.from([9]) }),
    binaryEvent({ type: 'Empty', data: Buffer.alloc(0) }),
  ]);
  const [json, raw, empty] = (await collect(store.client.readStream(s))).map((each) => each.event!);
  assert.equal(json!.id, id);
  assert.equal(json!.type, 'Čheck');
  assert.equal(json!.isJson, true);
  assert.equal(json!.streamId, s);
  assert.deepEqual(json!.data, { text: 'Ana María 🏠', n: 1.5, none: null, deep: { list: [1, 'two', false] } });
  assert.deepEqual(json!.metadata, { $correlationId: 'c', actor: 'x' });
  assert.ok(Math.abs(json!.created.getTime() - Date.now()) < 60_000, 'created is now, whatever the unit on the wire');
  assert.equal(raw!.isJson, false);
  assert.deepEqual([...(raw!.data as Uint8Array)], [0, 1, 254, 255]);
  assert.deepEqual([...(raw!.metadata as Uint8Array)], [9]);
  assert.equal((empty!.data as Uint8Array).length, 0);
});

test('append: an event is created at the time of its append, also after a quiet period', async (t) => {
  // A real node on another machine has its own clock.
  if (store.external) return t.skip('the clocks are the same only for the embedded server');
  const s = newStream();
  await seed(store.client, s, 1);
  await sleep(300);
  const before = Date.now();
  await seed(store.client, s, 1);
  const after = Date.now();
  const [, last] = await collect(store.client.readStream(s));
  const created = last!.event!.created.getTime();
  assert.ok(before <= created && created <= after, `${before} <= ${created} <= ${after}`);
});

test('append: accepts a stream name with spaces, slashes, quotes and an @', async () => {
  const s = newStream(`a b/c'd"e@f%g;--`);
  await seed(store.client, s, 2);
  const read = await collect(store.client.readStream(s));
  assert.deepEqual(revisionsOf(read), [0, 1]);
  assert.ok(read.every((each) => each.event?.streamId === s));
});

test('append: answers an empty list of events with a position', async () => {
  const stream = await seed(store.client, newStream(), 1);
  const { success, nextExpectedRevision, position } = await store.client.appendToStream(stream, []);
  assert.equal(success, true);
  assert.equal(nextExpectedRevision, 0n);
  assert.ok(position && position.commit > 0n);
});

for (const [how, options] of ways) {
  test(`append (${how}): refuses an event without a type and writes nothing`, async () => {
    const stream = newStream();
    // A separate client: a real node answers a batch twice, which breaks this client.
    const client = store.connect();
    await assert.rejects(client.appendToStream(stream, [event('Tested'), event('')], options));
    await assert.rejects(collect(store.client.readStream(stream)), { type: 'stream-not-found' });
    if (store.external) return;
    await client.appendToStream(stream, event('Tested'), options);
  });
}
