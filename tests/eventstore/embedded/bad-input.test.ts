import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import {
  eventTypeFilter,
  jsonEvent,
  PersistentSubscriptionFailedError,
  START,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import fc, { runs } from '../../support/fast-check.ts';
import { event, newStream, seed, useEventStore } from '../support/event-store.ts';
import { allSettings, endedBy, seenAs, streamSettings, work } from '../support/persistent.ts';
import { methods, type RawClient, rawClient } from '../support/raw.ts';
import { collect, rejection, sleep, within } from '../support/wait.ts';

const store = useEventStore({ embeddedOnly: true });
let opened: RawClient | undefined;
const raw = (): RawClient => {
  opened ??= rawClient(store.server.port);
  return opened;
};
after(() => opened?.close());

// From the client's own copy: the options of a batch append take protobuf's Empty, not EventStoreDB's.
const { Empty } = createRequire(import.meta.resolve('@eventstore/db-client/generated/streams_pb.js'))(
  'google-protobuf/google/protobuf/empty_pb.js',
);

const every: string[] = Object.values(methods).flat();

/** The same process still answers, stores and reads as before. */
const stillWell = async (): Promise<void> => {
  process.kill(store.server.pid, 0);
  const s = await seed(store.client, newStream('well'), 2);
  assert.equal((await collect(store.client.readStream(s))).length, 2);
};

const encode = (message: { serializeBinary(): Uint8Array }): Buffer => Buffer.from(message.serializeBinary());

const identifier = (name: string | Buffer): InstanceType<typeof shared.StreamIdentifier> => {
  const made = new shared.StreamIdentifier();
  made.setStreamName(Buffer.from(name));
  return made;
};

test('answers random bytes to any method with an error of the right kind, and stays up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...every),
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      async (method, bytes) => {
        const { code } = await raw().call(method, Buffer.from(bytes));
        assert.ok([status.INVALID_ARGUMENT, status.INTERNAL, status.OK].includes(code), `${method}: ${status[code]}`);
        // Random bytes may happen to be a message with only unknown fields; then something is missing.
        if (code === status.OK) assert.ok(/Append$/.test(method), `${method} accepted ${bytes}`);
      },
    ),
    { numRuns: runs(300) },
  );
  await stillWell();
});

test('survives well-formed messages that are cut off or have a byte changed', async () => {
  const request = new streams.ReadReq();
  const options = new streams.ReadReq.Options();
  const stream = new streams.ReadReq.Options.StreamOptions();
  stream.setStreamIdentifier(identifier('some stream'));
  stream.setRevision('12345678901');
  options.setStream(stream);
  options.setCount('10');
  options.setNoFilter(new shared.Empty());
  request.setOptions(options);
  const whole = encode(request);
  assert.equal((await raw().call('streams.Streams/Read', whole)).code, status.OK);
  for (let length = 0; length < whole.length; length++) {
    const { code } = await raw().call('streams.Streams/Read', whole.subarray(0, length));
    assert.ok(code === status.INVALID_ARGUMENT || code === status.INTERNAL, `${length}: ${status[code]}`);
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
      const changed = Buffer.from(whole);
      changed[at] = byte;
      const { code } = await raw().call('streams.Streams/Read', changed);
      assert.ok(
        [status.OK, status.INVALID_ARGUMENT, status.INTERNAL, status.DEADLINE_EXCEEDED].includes(code),
        status[code],
      );
    }),
    { numRuns: runs(100) },
  );
  await stillWell();
});

test('answers a request without options with INVALID_ARGUMENT, for every method', async () => {
  for (const method of every) {
    const { code, details } = await raw().call(method, Buffer.alloc(0));
    assert.equal(code, status.INVALID_ARGUMENT, `${method}: ${status[code]} ${details}`);
    assert.ok(details.length > 0, method);
  }
});

test('answers an unknown method with UNIMPLEMENTED', async () => {
  for (const method of [
    'users.Users/Create',
    'operations.Operations/Shutdown',
    'projections.Projections/Create',
    'x.Y/Z',
  ]) {
    assert.equal((await raw().call(method, Buffer.alloc(0))).code, status.UNIMPLEMENTED, method);
  }
});

test('refuses a message that exceeds every limit', async () => {
  const { code } = await raw().call('streams.Streams/Delete', Buffer.alloc(20 * 1024 * 1024, 1));
  assert.equal(code, status.RESOURCE_EXHAUSTED);
  await stillWell();
});

const appendOptions = (name: string | Buffer): Buffer => {
  const options = new streams.AppendReq.Options();
  options.setStreamIdentifier(identifier(name));
  options.setAny(new shared.Empty());
  const request = new streams.AppendReq();
  request.setOptions(options);
  return encode(request);
};

const proposal = ({
  id = randomUUID() as string,
  metadata = { type: 'T', 'content-type': 'application/json' } as Record<string, string>,
} = {}): Buffer => {
  const message = new streams.AppendReq.ProposedMessage();
  const uuid = new shared.UUID();
  uuid.setString(id);
  message.setId(uuid);
  for (const [key, value] of Object.entries(metadata)) message.getMetadataMap().set(key, value);
  message.setData(Buffer.from('{}'));
  const request = new streams.AppendReq();
  request.setProposedMessage(message);
  return encode(request);
};

test('an append with invalid, missing or misordered parts stores nothing', async () => {
  const s = newStream();
  const append = 'streams.Streams/Append';
  const wrong: [string, Buffer[]][] = [
    ['an event before the options', [proposal(), appendOptions(s)]],
    ['an id that is not a UUID', [appendOptions(s), proposal({ id: 'not-a-uuid' })]],
    ['an id of zeros', [appendOptions(s), proposal({ id: '00000000-0000-0000-0000-000000000000' })]],
    ['no type', [appendOptions(s), proposal({ metadata: { 'content-type': 'application/json' } })]],
    ['no content type', [appendOptions(s), proposal({ metadata: { type: 'T' } })]],
    ['a valid event, then an invalid one', [appendOptions(s), proposal(), proposal({ id: '' })]],
  ];
  for (const [what, messages] of wrong) {
    const { code, details } = await raw().call(append, ...messages);
    assert.equal(code, status.INVALID_ARGUMENT, `${what}: ${status[code]} ${details}`);
  }
  assert.ok((await rejection(collect(store.client.readStream(s)))) instanceof StreamNotFoundError);
  assert.equal((await raw().call(append, appendOptions(s), proposal())).code, status.OK);
  assert.equal((await collect(store.client.readStream(s))).length, 1);
});

test('refuses names that are empty, reserved, too long or not UTF-8', async () => {
  const names: [string, string | Buffer][] = [
    ['nothing', ''],
    ['not UTF-8', Buffer.from([0x61, 0xff, 0xfe])],
    ['100,000 bytes', 'x'.repeat(100_000)],
    ['$all', '$all'],
  ];
  for (const [what, name] of names) {
    const { code } = await raw().call('streams.Streams/Append', appendOptions(name), proposal());
    assert.equal(code, status.INVALID_ARGUMENT, what);
  }
});

test('accepts names with NUL, line breaks, 10,000 characters or SQL', async () => {
  const odd = [
    `${newStream()}\0with\0NUL`,
    newStream('x'.repeat(10_000)),
    `${newStream()}\r\n\t`,
    `${newStream()}'; drop--`,
  ];
  for (const s of odd) {
    await store.client.appendToStream(s, jsonEvent({ type: `Type\0${'y'.repeat(10_000)}`, data: { text: 'a\0b' } }));
    const [read] = await collect(store.client.readStream(s));
    assert.equal(read!.event!.streamId, s);
    assert.equal(read!.event!.type.length, 10_005);
    assert.deepEqual(read!.event!.data, { text: 'a\0b' });
    await store.client.createPersistentSubscriptionToStream(s, `g\0${'z'.repeat(5_000)}`, streamSettings());
    await store.client.deletePersistentSubscriptionToStream(s, `g\0${'z'.repeat(5_000)}`);
  }
  await stillWell();
});

test('refuses invalid numbers, naming the field', async () => {
  const s = newStream();
  const negative = ['maxRetryCount', 'messageTimeout', 'checkPointAfter', 'checkPointLowerBound', 'historyBufferSize'];
  for (const name of [...negative, 'liveBufferSize', 'readBatchSize', 'checkPointUpperBound', 'maxSubscriberCount']) {
    const error = await rejection(
      store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings({ [name]: -1 })),
    );
    assert.ok(error instanceof PersistentSubscriptionFailedError, `${name}: ${error}`);
  }
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  for (const bufferSize of [0, -1]) {
    const error = await endedBy(store.client.subscribeToPersistentSubscriptionToStream(s, 'g', { bufferSize }));
    assert.match(error.message, /INVALID_ARGUMENT/);
  }
  const answer = new persistent.ReplayParkedReq();
  const options = new persistent.ReplayParkedReq.Options();
  options.setGroupName('g');
  options.setStreamIdentifier(identifier(s));
  options.setStopAt('-1');
  answer.setOptions(options);
  const { code } = await raw().call(
    'persistent_subscriptions.PersistentSubscriptions/ReplayParked',
    Buffer.from(encode(answer)),
  );
  assert.equal(code, status.INTERNAL, 'PERSISTENT_SUBSCRIPTION_FAILED, as on a real node');
  await stillWell();
});

test('ignores acks of unknown or already answered messages', async () => {
  const s = await seed(store.client, newStream(), 2);
  await store.client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(s, 'g');
  const seen = await work(
    store.client,
    subscription,
    async (each) => {
      await subscription.ack({ ...each, event: { ...each.event!, id: randomUUID() } });
      await subscription.ack(each);
      await subscription.ack(each);
    },
    (all) => all.length === 2,
  );
  assert.deepEqual(seenAs(seen), ['0:0', '1:0']);
});

test('answers an ack before the options with INVALID_ARGUMENT', async () => {
  const { code } = await raw().call(
    'persistent_subscriptions.PersistentSubscriptions/Read',
    encode(
      (() => {
        const request = new persistent.ReadReq();
        request.setAck(new persistent.ReadReq.Ack());
        return request;
      })(),
    ),
  );
  assert.equal(code, status.INVALID_ARGUMENT);
});

test('refuses an invalid regular expression', async () => {
  const { client } = store;
  const bad = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ regex: '(' }) });
  const error = await within(60_000, 'an error', new Promise<Error>((resolve) => bad.on('error', resolve)));
  assert.match(error.message, /INVALID_ARGUMENT/);
  const group = await rejection(
    client.createPersistentSubscriptionToAll(newStream('g'), allSettings(), {
      filter: eventTypeFilter({ regex: '[' }),
    }),
  );
  assert.match(group.message, /INVALID_ARGUMENT/);
});

test('a regular expression that never finishes does not block other calls', async () => {
  const { client } = store;
  await seed(client, `${'a'.repeat(60)}!${newStream()}`, 1);
  const evil = client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ regex: '^(?=(a+)+$)b' }) });
  evil.on('error', () => {});
  evil.on('data', () => {});
  await within(60_000, 'a concurrent append', seed(client, newStream(), 1));
  await evil.unsubscribe();
  await stillWell();
});

const batchRequest = (correlation: string, name: string, count: number, isFinal: boolean, first: boolean): Buffer => {
  const request = new streams.BatchAppendReq();
  const uuid = new shared.UUID();
  uuid.setString(correlation);
  request.setCorrelationId(uuid);
  if (first) {
    const options = new streams.BatchAppendReq.Options();
    options.setStreamIdentifier(identifier(name));
    options.setAny(new Empty());
    request.setOptions(options);
  }
  for (let n = 0; n < count; n++) {
    const message = new streams.BatchAppendReq.ProposedMessage();
    const id = new shared.UUID();
    id.setString(randomUUID());
    message.setId(id);
    message.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
    message.setData(Buffer.from('{}'));
    request.addProposedMessages(message);
  }
  request.setIsFinal(isFinal);
  return encode(request);
};

test('a batch whose client disconnects halfway is not stored', async () => {
  const s = newStream();
  const call = raw().open('streams.Streams/BatchAppend');
  call.write(batchRequest(randomUUID(), s, 10, false, true));
  await sleep(200);
  call.cancel();
  await sleep(300);
  assert.ok((await rejection(collect(store.client.readStream(s)))) instanceof StreamNotFoundError);
  await stillWell();
});

test('a batch whose client disconnects just as it is complete is stored whole or not at all', async () => {
  const t = newStream();
  const late = raw().open('streams.Streams/BatchAppend');
  late.write(batchRequest(randomUUID(), t, 50, true, true));
  setImmediate(() => late.cancel());
  await sleep(300);
  const stored = await collect(store.client.readStream(t)).catch((error) => {
    if (error instanceof StreamNotFoundError) return [];
    throw error;
  });
  assert.ok(stored.length === 0 || stored.length === 50, `${stored.length} of 50`);
  await stillWell();
});

test('joins a batch sent in pieces into one append', async () => {
  const s = newStream();
  const correlation = randomUUID();
  const answer = await raw().call(
    'streams.Streams/BatchAppend',
    batchRequest(correlation, s, 3, false, true),
    batchRequest(correlation, s, 4, true, false),
  );
  assert.equal(answer.code, status.OK);
  assert.equal(answer.messages.length, 1, 'one answer for one correlation id');
  assert.equal((await collect(store.client.readStream(s))).length, 7);
});

test('answers a batch whose first piece has no options with INVALID_ARGUMENT', async () => {
  const s = newStream();
  const headless = await raw().call('streams.Streams/BatchAppend', batchRequest(randomUUID(), s, 1, true, false));
  assert.equal(headless.code, status.INVALID_ARGUMENT);
  await store.client.appendToStream(s, event());
});
