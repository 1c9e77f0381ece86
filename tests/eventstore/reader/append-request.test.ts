import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { EventData } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { v5 } from 'uuid';
import { deterministicId } from '../../../eventstore/event-id.ts';
import { answerOf, decodeAnswer } from '../../../eventstore/server/append-answer.ts';
import { requestsOf } from '../../../eventstore/server/append-request.ts';
import fc, { runs } from '../../support/fast-check.ts';

const require = createRequire(import.meta.url);
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');

/** What is written and read by hand is what the official client's generated classes read and write. */

const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const event = fc.record({
  id: fc.uuid(),
  type: fc.string({ minLength: 1 }),
  contentType: fc.constantFrom('application/json' as const, 'application/octet-stream' as const),
  data: fc.oneof(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), fc.uint8Array()),
  metadata: fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined }),
});

const bytesOf = (part: unknown) =>
  part === undefined ? '' : Buffer.from(part instanceof Uint8Array ? part : JSON.stringify(part)).toString('base64');

test('an append written by hand is what was to be appended', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.option(position, { nil: 'no-stream' as const }),
      fc.array(event, { maxLength: 4 }),
      (id, stream, expected, events) => {
        const before = Date.now();
        const [message, ...more] = [...requestsOf(id, stream, expected, events as unknown as EventData[], 10_000)];
        assert.equal(more.length, 0);
        const read = streams.BatchAppendReq.deserializeBinary(message!);
        assert.equal(read.getCorrelationId()!.getString(), id);
        assert.equal(read.getIsFinal(), true);
        const options = read.getOptions()!;
        assert.equal(Buffer.from(options.getStreamIdentifier()!.getStreamName_asU8()).toString(), stream);
        assert.equal(options.hasNoStream(), expected === 'no-stream');
        if (expected !== 'no-stream') assert.equal(options.getStreamPosition(), String(expected));
        const until = options.getDeadline()!.toDate().getTime();
        assert.ok(until >= before + 10_000 && until <= Date.now() + 10_000);
        assert.deepEqual(
          read.getProposedMessagesList().map((each) => ({
            id: each.getId()!.getString(),
            type: each.getMetadataMap().get('type'),
            contentType: each.getMetadataMap().get('content-type'),
            data: each.getData_asB64(),
            metadata: each.getCustomMetadata_asB64(),
          })),
          events.map((each) => ({ ...each, data: bytesOf(each.data), metadata: bytesOf(each.metadata) })),
        );
      },
    ),
    { numRuns: runs(200) },
  );
});

test('events of more than one message are sent in several messages of the same append', () => {
  const events = [1, 2, 3].map((n) => ({
    id: deterministicId(String(n)),
    type: 'Large',
    contentType: 'application/json' as const,
    data: { text: 'x'.repeat(2 * 1024 * 1024) },
  }));
  const read = [
    ...requestsOf('00000000-0000-4000-8000-000000000000', 's', 3n, events as unknown as EventData[], 1),
  ].map((message) => streams.BatchAppendReq.deserializeBinary(message));
  assert.deepEqual(
    read.map((each) => [each.hasOptions(), each.getProposedMessagesList().length, each.getIsFinal()]),
    [
      [true, 1, false],
      [false, 1, false],
      [false, 1, true],
    ],
  );
});

test('an answer read by hand is the one that was given', () => {
  fc.assert(
    fc.property(fc.uuid(), position, fc.option(fc.tuple(position, position)), (id, revision, at) => {
      const success = new streams.BatchAppendResp.Success();
      success.setCurrentRevision(String(revision));
      if (at === null) success.setNoPosition(new Empty());
      else {
        const place = new shared.AllStreamPosition();
        place.setCommitPosition(String(at[0]));
        place.setPreparePosition(String(at[1]));
        success.setPosition(place);
      }
      const uuid = new shared.UUID();
      uuid.setString(id);
      const response = new streams.BatchAppendResp();
      response.setCorrelationId(uuid);
      response.setSuccess(success);
      const answer = decodeAnswer(Buffer.from(response.serializeBinary()));
      assert.equal(answer.id, id);
      const appended = answerOf(answer);
      assert.ok('revision' in appended);
      assert.equal(appended.revision, revision);
      assert.deepEqual(appended.position, at === null ? null : { commit: at[0], prepare: at[1] });
    }),
    { numRuns: runs(200) },
  );
});

test('a deterministic id is the UUIDv5 of its name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) =>
      assert.equal(deterministicId(name), v5(Buffer.from(name, 'utf8'), '7d1f3a52-9a3b-4c0e-8f57-0d6a1f0c9b11')),
    ),
    { numRuns: runs(200) },
  );
});
