import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { keepStreams } from '../../../eventstore/embedded/storage/reading/keep-streams.ts';
import { decodeBatchAppendRequest, encodeBatchAppendSuccess } from '../../../eventstore/embedded/wire/batch-append.ts';
import { type EventToEncode, eventFrameBound, writeEventFrame } from '../../../eventstore/embedded/wire/event-frame.ts';
import { frameReadEvent, readEventParts, splitFrames } from '../../../eventstore/embedded/wire/frames.ts';
import { ProtoReader, varintSize, writeVarint } from '../../../eventstore/embedded/wire/protobuf.ts';
import { withStructuredUuids } from '../../../eventstore/embedded/wire/structured-uuids.ts';
import { uuidFromString, writeUuidText } from '../../../eventstore/embedded/wire/uuid.ts';
import fc, { runs } from '../../support/fast-check.ts';

const uuidToString = (uuid: Buffer): string => {
  const text = Buffer.allocUnsafe(36);
  writeUuidText(text, 0, uuid);
  return text.toString('latin1');
};

// The hot messages are encoded by hand: the generated classes must understand them, whatever they contain, and vice versa.

const position = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const anEvent = fc.record({
  id: fc.uuid(),
  stream: text,
  revision: fc.oneof(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), fc.constant(2 ** 63)),
  position,
  // An empty type is refused: see the contract tests of append.
  type: text.filter((type) => type !== ''),
  metadata: bytes,
  data: bytes,
});
type AnEvent = typeof anEvent extends fc.Arbitrary<infer T> ? T : never;

const frameOf = (event: AnEvent): Buffer => {
  const encoded: EventToEncode = {
    id: uuidFromString(event.id)!,
    stream: Buffer.from(event.stream),
    revision: event.revision,
    position: event.position,
    type: Buffer.from(event.type),
    contentType: Buffer.from('application/json'),
    created: Buffer.from('17000000000000000'),
    metadata: event.metadata,
    data: event.data,
  };
  const target = Buffer.alloc(eventFrameBound(encoded));
  return target.subarray(0, writeEventFrame(target, 0, encoded));
};

const revisionText = (revision: number) => (revision >= 2 ** 63 ? '9223372036854775807' : String(revision));

describe('the wire format', () => {
  it('keeps the frames of streams whose names begin with a prefix, and no others', () => {
    const events = fc.array(anEvent, { maxLength: 12 });
    const prefixes = fc.array(fc.string({ unit: 'grapheme', maxLength: 2 }), { maxLength: 3 });
    const names = fc.constantFrom('', 'a', 'é', 'listing-1', 'lead-1', 'x'.repeat(200), 'listing-'.repeat(2_100));
    fc.assert(
      fc.property(events, fc.array(names), prefixes, fc.nat(9), (random, named, others, cut) => {
        const all = random.map((event, index) => ({ ...event, stream: named[index] ?? event.stream }));
        // Prefixes that some names have, that are longer than the name, and that continue into the next field.
        const some = all.slice(0, 2).flatMap(({ stream }) => [stream.slice(0, cut), `${stream}\x18`]);
        const wanted = [...others, ...some];
        const kept = keepStreams(
          Buffer.concat(all.map(frameOf)),
          wanted.map((prefix) => Buffer.from(prefix)),
        );
        const expected = all.filter(({ stream }) =>
          wanted.some((prefix) =>
            Buffer.from(stream).subarray(0, Buffer.byteLength(prefix)).equals(Buffer.from(prefix)),
          ),
        );
        assert.deepEqual(kept.frames, Buffer.concat(expected.map(frameOf)));
        assert.equal(kept.count, expected.length);
      }),
    );
  });

  it('writes varints that can be read back, in the announced number of bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => {
        const target = Buffer.alloc(10);
        assert.equal(writeVarint(target, 0, value), varintSize(value));
        assert.equal(new ProtoReader(target).number(), value);
        assert.equal(new ProtoReader(target).uint64(), BigInt(value));
      }),
    );
  });

  it('preserves all 64 bits of a number', () => {
    for (const value of [2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n]) {
      const message = new streams.ReadResp.Checkpoint();
      message.setCommitPosition(value.toString());
      const reader = new ProtoReader(Buffer.from(message.serializeBinary()));
      assert.equal(reader.tag(), 0x08);
      assert.equal(reader.uint64(), value);
    }
  });

  it('converts UUIDs to text and back', () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => assert.equal(uuidToString(uuidFromString(uuid)!), uuid)));
    for (const wrong of ['', 'x', '00000000-0000-0000-0000-00000000000g', '00000000_0000-0000-0000-000000000000'])
      assert.equal(uuidFromString(wrong), undefined);
  });

  it('encodes events that the generated classes can read', () => {
    fc.assert(
      fc.property(anEvent, (event) => {
        const frame = frameOf(event);
        assert.equal(frame.readUInt32BE(1), frame.length - 5);
        const readEvent = streams.ReadResp.deserializeBinary(frame.subarray(5)).getEvent()!;
        const recorded = readEvent.getEvent()!;
        assert.equal(readEvent.getCommitPosition(), String(event.position));
        assert.equal(recorded.getId()!.getString(), event.id);
        assert.equal(Buffer.from(recorded.getStreamIdentifier()!.getStreamName_asU8()).toString(), event.stream);
        assert.equal(recorded.getStreamRevision(), revisionText(event.revision));
        assert.equal(recorded.getCommitPosition(), String(event.position));
        assert.equal(recorded.getPreparePosition(), String(event.position));
        assert.equal(recorded.getMetadataMap().get('type'), event.type);
        assert.equal(recorded.getMetadataMap().get('content-type'), 'application/json');
        assert.equal(recorded.getMetadataMap().get('created'), '17000000000000000');
        assert.deepEqual(Buffer.from(recorded.getData_asU8()), event.data);
        assert.deepEqual(Buffer.from(recorded.getCustomMetadata_asU8()), event.metadata);
      }),
    );
  });

  it('splits pages of frames', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 5 }), (events) => {
        const split = splitFrames(Buffer.concat(events.map(frameOf)));
        assert.deepEqual(
          split.map(({ id, stream, type, revision, position: at }) => ({ id, stream, type, revision, at })),
          events.map(({ id, stream, type, revision, position: at }) => ({ id, stream, type, revision, at })),
        );
      }),
    );
  });

  it('puts a link next to its target', () => {
    fc.assert(
      fc.property(anEvent, anEvent, (target, link) => {
        const [targetFrame, linkFrame] = [frameOf(target), frameOf(link)];
        const event = readEventParts(targetFrame, 5, targetFrame.length).event;
        const linkEvent = readEventParts(linkFrame, 5, linkFrame.length).event;
        const frame = frameReadEvent(event, linkEvent, link.position);
        const readEvent = streams.ReadResp.deserializeBinary(frame.subarray(5)).getEvent()!;
        assert.equal(readEvent.getEvent()!.getId()!.getString(), target.id);
        assert.equal(readEvent.getLink()!.getId()!.getString(), link.id);
        assert.equal(readEvent.getCommitPosition(), String(link.position));
      }),
    );
  });

  it('sends structured UUIDs to clients that ask for them', () => {
    const id = '01234567-89ab-cdef-8123-456789abcdef';
    const [event] = fc.sample(anEvent, 1);
    const frame = withStructuredUuids(frameOf({ ...event!, id }));
    const structured = streams.ReadResp.deserializeBinary(frame.subarray(5))
      .getEvent()!
      .getEvent()!
      .getId()!
      .getStructured()!;
    assert.equal(BigInt.asUintN(64, BigInt(structured.getMostSignificantBits())), 0x0123456789abcdefn);
    assert.equal(BigInt.asUintN(64, BigInt(structured.getLeastSignificantBits())), 0x8123456789abcdefn);
  });

  it('reads the appends that the generated classes write', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        text,
        fc.array(anEvent, { maxLength: 3 }),
        fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
        (correlation, stream, events, expected) => {
          const request = new streams.BatchAppendReq();
          const id = new shared.UUID();
          id.setString(correlation);
          request.setCorrelationId(id);
          const identifier = new shared.StreamIdentifier();
          identifier.setStreamName(Buffer.from(stream));
          const options = new streams.BatchAppendReq.Options();
          options.setStreamIdentifier(identifier);
          options.setStreamPosition(expected.toString());
          request.setOptions(options);
          for (const event of events) {
            const message = new streams.BatchAppendReq.ProposedMessage();
            const eventId = new shared.UUID();
            eventId.setString(event.id);
            message.setId(eventId);
            message.getMetadataMap().set('type', event.type);
            message.getMetadataMap().set('content-type', 'application/octet-stream');
            message.setData(event.data);
            message.setCustomMetadata(event.metadata);
            request.addProposedMessages(message);
          }
          request.setIsFinal(true);
          const decoded = decodeBatchAppendRequest(Buffer.from(request.serializeBinary()));
          assert.equal(decoded.isFinal, true);
          assert.equal(
            decoded.refusal?.reason,
            events.some((event) => /^[0-]+$/.test(event.id)) ? 'invalid' : undefined,
          );
          assert.equal(decoded.options!.stream.toString(), stream);
          assert.equal(decoded.options!.expected, expected);
          assert.deepEqual(decoded.correlation, Buffer.from(id.serializeBinary()));
          assert.deepEqual(
            decoded.events.map((event) => [uuidToString(event.id), event.type, event.data, event.metadata]),
            events.map((event) => [event.id, event.type, event.data, event.metadata]),
          );

          const answer = encodeBatchAppendSuccess(decoded.correlation, decoded.options!, 41, 42);
          const response = streams.BatchAppendResp.deserializeBinary(answer.subarray(5));
          assert.equal(answer.readUInt32BE(1), answer.length - 5);
          assert.equal(response.getCorrelationId()!.getString(), correlation);
          assert.equal(response.getSuccess()!.getCurrentRevision(), '41');
          assert.equal(response.getSuccess()!.getPosition()!.getCommitPosition(), '42');
          assert.equal(response.getStreamPosition(), expected.toString());
        },
      ),
    );
  });

  it('refuses anything that is not protobuf with an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          decodeBatchAppendRequest(Buffer.from(noise));
        } catch (error) {
          assert.match((error as Error).message, /truncated or not protobuf/);
        }
      }),
      { numRuns: runs(5000) },
    );
  });
});

it('skips unknown fields of every wire type, and continues right after them', () => {
  for (const unknown of [
    [0xf8, 0x3f, 0x96, 0x01],
    [0xf9, 0x3f, 1, 2, 3, 4, 5, 6, 7, 8],
    [0xfa, 0x3f, 0x03, 0x08, 0x07, 0x08],
    [0xfd, 0x3f, 1, 2, 3, 4],
  ]) {
    const reader = new ProtoReader(Buffer.from([...unknown, 0x08, 42]));
    reader.skip(reader.tag());
    assert.deepEqual([reader.tag(), reader.number(), reader.tag()], [0x08, 42, 0]);
  }
});
