import assert from 'node:assert/strict';
import { test } from 'node:test';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { MalformedMessage } from '../../../eventstore/reader/cursor.ts';
import { decodeReadResponse } from '../../../eventstore/reader/decode.ts';
import { positionIn, type RecordedEvent, type ResolvedEvent } from '../../../eventstore/reader/recorded-event.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { caughtUpMessage, checkpointMessage, eventMessage, nthEvent, recordedMessage } from './messages.ts';

const decoded = (message: Buffer): ResolvedEvent => {
  const response = decodeReadResponse(message);
  assert.ok(response.kind === 'event', response.kind);
  return response;
};

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const recorded = fc.record({
  id: fc.oneof(
    fc.uuid(),
    fc.record({
      most: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      least: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    }),
  ),
  stream: text,
  revision: uint64.map(String),
  commit: uint64.map(String),
  prepare: uint64.map(String),
  properties: fc.oneof(
    fc.record({
      type: text,
      'content-type': fc.constantFrom('application/json', 'application/octet-stream', 'text/plain'),
      created: fc.oneof(uint64.map(String), text),
    }),
    fc.dictionary(text, text),
  ),
  data: fc.oneof(
    fc.json().map((json) => Buffer.from(json)),
    fc.uint8Array({ maxLength: 50 }),
  ),
  metadata: fc.oneof(
    fc.json().map((json) => Buffer.from(json)),
    fc.uint8Array({ maxLength: 50 }),
  ),
});

/** The fields of an event as decoded by google-protobuf, which the official client uses. */
const assertSame = (event: RecordedEvent, message: Buffer, which: 'getEvent' | 'getLink'): void => {
  const official = streams.ReadResp.deserializeBinary(message).getEvent()![which]()!;
  assert.equal(event.streamName, Buffer.from(official.getStreamIdentifier()!.getStreamName_asU8()).toString('utf8'));
  assert.equal(event.revision, BigInt(official.getStreamRevision()));
  assert.deepEqual(event.position, {
    commit: BigInt(official.getCommitPosition()),
    prepare: BigInt(official.getPreparePosition()),
  });
  const properties = official.getMetadataMap();
  assert.equal(event.type, properties.get('type') ?? '<no-event-type-provided>');
  assert.equal(event.isJson, properties.get('content-type') === 'application/json');
  if (!event.isJson) assert.deepEqual(event.data, Buffer.from(official.getData_asU8()));
};

test('decodes every event as google-protobuf does', () => {
  fc.assert(
    fc.property(recorded, fc.option(recorded), fc.option(uint64), (event, link, commitPosition) => {
      const message = eventMessage(
        recordedMessage(event),
        link === null ? undefined : recordedMessage(link),
        commitPosition === null ? undefined : String(commitPosition),
      );
      const resolved = decoded(message);
      assertSame(resolved.event!, message, 'getEvent');
      if (link === null) assert.equal(resolved.link, undefined);
      else assertSame(resolved.link!, message, 'getLink');
      assert.equal(resolved.commitPosition?.toString(), commitPosition?.toString());
    }),
  );
});

test('reads numbers beyond 2^53 exactly, such as the revision of a tombstone', () => {
  const { event } = decoded(
    eventMessage(
      recordedMessage({
        revision: String(2n ** 63n - 1n),
        commit: String(2n ** 64n - 1n),
        prepare: '9007199254740993',
      }),
    ),
  );
  assert.equal(event!.revision, 2n ** 63n - 1n);
  assert.deepEqual(event!.position, { commit: 2n ** 64n - 1n, prepare: 9_007_199_254_740_993n });
});

test('an older server does not say where in $all an event of a stream is', () => {
  const of = (commit: bigint, prepare: bigint) =>
    positionIn(decoded(eventMessage(recordedMessage({ commit: String(commit), prepare: String(prepare) }))).event!);
  assert.equal(of(2n ** 64n - 1n, 2n ** 64n - 1n), null);
  assert.deepEqual(of(0n, 0n), { commit: 0n, prepare: 0n });
  assert.deepEqual(of(2n ** 60n, 7n), { commit: 2n ** 60n, prepare: 7n });
});

test('reads a UUID that is two numbers', () => {
  const id = { most: String(0x0011223344556677n), least: String(BigInt.asIntN(64, 0x8899aabbccddeeffn)) };
  assert.equal(decoded(eventMessage(recordedMessage({ id }))).event!.id, '00112233-4455-6677-8899-aabbccddeeff');
});

test('reads the time to the millisecond, and 1970 if it is not a number', () => {
  const createdBy = (created: string) =>
    decoded(eventMessage(recordedMessage({ properties: { created } }))).event!.createdMs;
  assert.equal(createdBy('17640192345678901'), 1_764_019_234_567);
  assert.equal(createdBy('9999'), 0);
  assert.equal(createdBy(''), 0);
  assert.equal(createdBy('-20000'), -2);
  assert.equal(createdBy('soon'), 0);
});

test('a link whose event is gone has no event', () => {
  const { event, link } = decoded(eventMessage(undefined, recordedMessage({ stream: '$ce-listing' })));
  assert.equal(event, undefined);
  assert.equal(link!.streamName, '$ce-listing');
});

test('empty data, data that is not valid JSON, and metadata that is not JSON are given as they are', () => {
  const json = { type: 'T', 'content-type': 'application/json' };
  const dataOf = (data: Buffer, properties: Record<string, string> = json) =>
    decoded(eventMessage(recordedMessage({ data, properties }))).event!.data;
  assert.equal(dataOf(Buffer.alloc(0)), '');
  assert.equal(dataOf(Buffer.from('{"n":')), '{"n":');
  assert.deepEqual(dataOf(Buffer.alloc(0), { type: 'T' }), Buffer.alloc(0));
  const { metadata } = decoded(eventMessage(recordedMessage({ metadata: Buffer.from([0, 255]) }))).event!;
  assert.deepEqual(metadata, Buffer.from([0, 255]));
  assert.equal(decoded(nthEvent(1)).event!.metadata, undefined);
});

/** Fields with a number that no version of the protocol has, for each wire type. */
const unknownFields = [
  Buffer.from([0xf8, 0x3f, 0xff, 0xff, 0x03]),
  Buffer.from([0xf9, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8]),
  Buffer.concat([Buffer.from([0xfa, 0x3f, 0xc8, 0x01]), Buffer.alloc(200, 0x0a)]),
  Buffer.from([0xfd, 0x3f, 1, 2, 3, 4]),
];

test('skips the fields of later versions, at every level', () => {
  const within = (tag: number, message: Buffer) => {
    // The message with a field of its own appended to the embedded one that it consists of.
    assert.equal(message[0], tag);
    const wide = message[1]! >= 0x80;
    const body = message.subarray(wide ? 3 : 2);
    return (field: Buffer) => {
      const length = body.length + field.length;
      return Buffer.concat([Buffer.from([tag, (length & 0x7f) | 0x80, length >> 7]), body, field]);
    };
  };
  for (const field of unknownFields) {
    assert.equal(decoded(Buffer.concat([field, nthEvent(7), field])).event!.revision, 7n);
    assert.equal(decoded(within(0x0a, nthEvent(7))(field)).event!.revision, 7n);
    const checkpoint = decodeReadResponse(within(0x1a, checkpointMessage('12', '11'))(field));
    assert.deepEqual(checkpoint, { kind: 'checkpoint', position: { commit: 12n, prepare: 11n } });
    assert.deepEqual(decodeReadResponse(within(0x42, caughtUpMessage())(field)), { kind: 'caught-up' });
    assert.deepEqual(decodeReadResponse(field), { kind: 'other' });
  }
});

/** Bytes that decode are some response; all others end in the one error. */
const decodesOrSaysWhy = (message: Buffer): void => {
  try {
    const response = decodeReadResponse(message);
    if (response.kind !== 'event') return;
    for (const event of [response.event, response.link]) void [event?.id, event?.data, event?.metadata];
  } catch (error) {
    assert.ok(error instanceof MalformedMessage, String(error));
  }
};

test('bytes that are not a message end in an error, whatever they are', () => {
  const valid = eventMessage(recordedMessage({ commit: '300' }), recordedMessage({ stream: '$ce-x' }), '300');
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => decodesOrSaysWhy(Buffer.from(bytes))));
  fc.assert(
    fc.property(fc.nat(valid.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(valid);
      changed[at] = byte;
      decodesOrSaysWhy(changed);
    }),
    { numRuns: runs(1_000) },
  );
});

test('a message that is cut off anywhere is an error, and never another event', () => {
  const valid = eventMessage(recordedMessage({ commit: '300' }), undefined, '300');
  for (let length = 1; length < valid.length; length++) {
    assert.throws(() => decodeReadResponse(valid.subarray(0, length)), MalformedMessage, `${length} bytes`);
  }
});

test('an event without id or stream, and a response with neither event nor link, are errors', () => {
  for (const field of ['clearId', 'clearStreamIdentifier'] as const) {
    const event = recordedMessage({});
    event[field]();
    assert.throws(() => decodeReadResponse(eventMessage(event)), MalformedMessage);
  }
  assert.throws(() => decodeReadResponse(eventMessage(undefined)), MalformedMessage);
});

test('a field number or a length that no message can have is an error', () => {
  // A tag of 2^32 + 0x0a, which would be that of an event if it were cut to 32 bits.
  assert.throws(() => decodeReadResponse(Buffer.from([0x8a, 0x80, 0x80, 0x80, 0x10, 0])), MalformedMessage);
  // A length of 2^63, and a number that never ends.
  assert.throws(() => decodeReadResponse(Buffer.from([0x0a, ...Array(9).fill(0x80), 1])), MalformedMessage);
  assert.throws(() => decodeReadResponse(Buffer.alloc(64, 0xff)), MalformedMessage);
});

const leadingVersion = (metadata: string): number | undefined =>
  decoded(eventMessage(recordedMessage({ metadata: Buffer.from(metadata) }))).event!.leadingVersion;

test('the version is found in metadata as openhouse writes it', () => {
  assert.equal(leadingVersion('{"version":1,"source":"a"}'), 1);
  assert.equal(leadingVersion('{"version":12}'), 12);
  assert.equal(leadingVersion('{"version":3,"source":"say \\"version\\":4"}'), 3);
});

test('the version of any metadata is the one that parsing it gives, or left to parsing', () => {
  const key = fc.oneof(fc.constantFrom('version', '"version":', ',"version":2', 'source'), fc.string());
  const value = fc.oneof(fc.nat(), fc.integer(), fc.double(), fc.string(), fc.constantFrom('{"version":2,', 'version'));
  const { metadata } = fc.letrec((tie) => ({
    metadata: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, value, tie('metadata')), { maxKeys: 4 }),
  }));
  fc.assert(
    fc.property(fc.option(fc.nat(2_000)), metadata!, (version, others) => {
      const whole = version === null ? others : { version, ...(others as object) };
      const found = leadingVersion(JSON.stringify(whole));
      assert.ok(found === undefined || found === (whole as { version?: unknown }).version, JSON.stringify(whole));
    }),
  );
});

test('metadata that is cut off, odd or not JSON has no leading version', () => {
  for (const metadata of [
    '',
    '{',
    '{"version":',
    '{"version":1',
    '{"version":0}',
    '{"version":01}',
    '{"version":-1}',
  ]) {
    assert.equal(leadingVersion(metadata), undefined, metadata);
  }
  for (const metadata of ['{"version":1.5}', '{"version":1e3}', '["version":1]', '{"version":1,"version":2}', '7']) {
    assert.equal(leadingVersion(metadata), undefined, metadata);
  }
});
