import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EJSON, ObjectId } from 'bson';
import { readableDocument } from '../../queries/importing/readable-document.ts';
import fc from '../support/fast-check.ts';

const canonical = (document: object) => EJSON.stringify(document, { relaxed: false });

test('shows dates in ISO 8601 with their zone, and numbers as they are', () => {
  const document = {
    _id: new ObjectId('65b000000000000000000001'),
    createdAt: new Date('2026-03-31T14:05:09.000Z'),
    long: new Date('1901-02-03T04:05:06.000Z'),
    beds: 3,
    baths: 2.5,
  };
  assert.deepEqual(JSON.parse(readableDocument(canonical(document))), {
    _id: { $oid: '65b000000000000000000001' },
    createdAt: { $date: '2026-03-31T14:05:09.000Z' },
    long: { $date: '1901-02-03T04:05:06.000Z' },
    beds: 3,
    baths: 2.5,
  });
});

test('leaves what it would change: numbers beyond 2^53, impossible dates, and texts that look like values', () => {
  for (const text of [
    '{"n":{"$numberLong":"9007199254740993"}}',
    '{"n":{"$numberDouble":"NaN"}}',
    '{"n":{"$numberDouble":"-0.0"}}',
    '{"d":{"$date":{"$numberLong":"9223372036854775807"}}}',
    JSON.stringify({ note: '{"$date":{"$numberLong":"0"}}' }),
  ])
    assert.equal(readableDocument(text), text);
});

test('shows the dates at the beginning of a document that is cut off', () => {
  const cut = `${canonical({ at: new Date(0), text: 'x'.repeat(50) }).slice(0, 60)}`;
  assert.match(readableDocument(cut), /^\{"at":\{"\$date":"1970-01-01T00:00:00\.000Z"\}/);
});

test('never changes what a document says', () => {
  const value = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.date({ noInvalidDate: true }),
    fc.constant('{"$numberInt":"1"}'),
  );
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string().filter((name) => !name.startsWith('$')),
        fc.oneof(value, fc.array(value)),
      ),
      (document) => {
        const text = canonical(document);
        assert.deepEqual(EJSON.parse(readableDocument(text)), EJSON.parse(text));
      },
    ),
  );
});
