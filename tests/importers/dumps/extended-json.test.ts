import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Binary, BSONRegExp, DBRef, Decimal128, EJSON, Long, MinKey, ObjectId, Timestamp, UUID } from 'bson';
import { parseExtendedJson } from '../../../importers/dump/json/extended-json.ts';
import { scanBson, scanJson } from '../../../importers/dump/scan.ts';
import fc from '../../support/fast-check.ts';
import { bsonOf } from '../support/dump.ts';

const id = '5f1e0c2b9d3a4b5c6d7e8f90';
const date = new Date('2012-01-01T00:00:00.000Z');

suite('Extended JSON of any version', () => {
  const table: readonly (readonly [text: string, value: unknown])[] = [
    ['{ "$oid": "5f1e0c2b9d3a4b5c6d7e8f90" }', new ObjectId(id)],
    ['{ "$date": "2012-01-01T00:00:00.000Z" }', date],
    ['{ "$date": "2012-01-01T01:00:00.000+0100" }', date],
    ['{ "$date": 1325376000000 }', date],
    ['{ "$date": { "$numberLong": "1325376000000" } }', date],
    ['{ "$numberLong": "5" }', 5],
    ['{ "$numberLong": 5 }', 5],
    ['{ "$numberInt": "5" }', 5],
    ['{ "$numberDouble": "NaN" }', Number.NaN],
    ['{ "$numberDecimal": "0E+2" }', Decimal128.fromString('0E+2')],
    ['{ "$binary": "AQ==", "$type": "00" }', new Binary(Buffer.from([1]), 0)],
    ['{ "$binary": "AQ==", "$type": 0 }', new Binary(Buffer.from([1]), 0)],
    ['{ "$binary": { "base64": "AQ==", "subType": "00" } }', new Binary(Buffer.from([1]), 0)],
    ['{ "$timestamp": { "t": 1, "i": 2 } }', new Timestamp({ t: 1, i: 2 })],
    ['{ "$ref": "users", "$id": { "$oid": "5f1e0c2b9d3a4b5c6d7e8f90" } }', new DBRef('users', new ObjectId(id))],
    ['{ "$regex": "^boca", "$options": "i" }', new BSONRegExp('^boca', 'i')],
    ['{ "$undefined": true }', undefined],
    ['{ "$minKey": 1 }', new MinKey()],
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['undefined', undefined],
    ['ObjectId("5f1e0c2b9d3a4b5c6d7e8f90")', new ObjectId(id)],
    ['ISODate("2012-01-01T00:00:00Z")', date],
    ['new Date(1325376000000)', date],
    ['NumberLong(5)', Long.fromNumber(5)],
    ['NumberLong("9007199254740993")', Long.fromString('9007199254740993')],
    ['NumberInt( 5 )', 5],
    ['NumberDecimal("4.5")', Decimal128.fromString('4.5')],
    ['BinData(0,"AQ==")', new Binary(Buffer.from([1]), 0)],
    ['UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")', new UUID('6f9619ff-8b86-d011-b42d-00c04fc964ff')],
    ['Timestamp(1, 2)', new Timestamp({ t: 1, i: 2 })],
    ['DBRef("users", ObjectId("5f1e0c2b9d3a4b5c6d7e8f90"))', new DBRef('users', new ObjectId(id))],
    ["'it\\'s \"new\"'", 'it\'s "new"'],
    ['[1, 2, ]', [1, 2]],
  ];
  for (const [text, value] of table) {
    test(text, () => {
      const read = parseExtendedJson(`{ "found": ${text}, "unsubscribed": true }`) as Record<string, unknown>;
      assert.deepEqual(read.found, value);
      assert.equal(read.unsubscribed, true);
    });
  }

  test('an invalid wrapper leaves the rest of the document readable', () => {
    for (const text of [
      '{ "$oid": "nonsense" }',
      '{ "$date": "never" }',
      '{ "$binary": 7 }',
      '{ "$numberDecimal": "x" }',
    ]) {
      const read = parseExtendedJson(`{ "found": ${text}, "name": "Ana" }`) as Record<string, unknown>;
      assert.equal(read.name, 'Ana', text);
      assert.deepEqual(read.found, JSON.parse(text));
    }
  });

  test('names may be unquoted', () => {
    assert.deepEqual(
      parseExtendedJson('{ _id : 1, name: "Ana", "__proto__": 2 }'),
      JSON.parse('{"_id":1,"name":"Ana","__proto__":2}'),
    );
  });

  test('rejects anything else', () => {
    for (const text of [
      'nonsense',
      '{ "a": 1',
      '{ "a": Evil(1) }',
      '{ "a": constructor }',
      '{ "a" 1 }',
      '{"a":1} {"b":2}',
      '',
      "{'a': 'b}",
    ]) {
      assert.throws(() => parseExtendedJson(text), SyntaxError, text);
    }
  });

  test('reads what EJSON writes the way EJSON reads it', () => {
    // EJSON.stringify writes invalid dates in a form that EJSON.parse does not read back.
    const validDate = fc.date({ noInvalidDate: true });
    const values = [fc.boolean(), fc.integer(), fc.double(), fc.string(), fc.constant(null), validDate];
    fc.assert(
      fc.property(fc.object({ maxDepth: 3, values }), fc.boolean(), (object, relaxed) => {
        const text = EJSON.stringify(object, { relaxed });
        assert.deepEqual(EJSON.serialize(parseExtendedJson(text)), EJSON.serialize(EJSON.parse(text)));
      }),
    );
  });

  test('either reads or rejects any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]():,"\'\\/ an1-.$_NI') }), (text) => {
        try {
          parseExtendedJson(text);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }),
    );
  });
});

suite('scanning bytes for names and values', () => {
  test('finds them in BSON, including names that occur twice', () => {
    const [one] = [bsonOf([{ email: 'ana@x.com', unsubscribed: 1, again__ed: 0, tags: ['a', 'DNC'], at: date }])];
    const bytes = Buffer.from(
      one!.toString('latin1').replace('again__ed', 'unsubscri').replace('unsubscri\0', 'unsubscri\0'),
      'latin1',
    );
    const entries = scanBson(bytes);
    assert.deepEqual(
      entries.map(({ name, value }) => [name, value]),
      [
        ['email', 'ana@x.com'],
        ['unsubscribed', 1],
        ['unsubscri', 0],
        ['tags', 'a'],
        ['tags', 'DNC'],
        ['at', date],
      ],
    );
  });

  test('finds them in BSON that is cut off or broken anywhere', () => {
    const whole = bsonOf([{ email: 'ana@x.com', unsubscribed: true }]);
    for (let end = 0; end <= whole.length; end++) scanBson(whole.subarray(0, end));
    assert.deepEqual(scanBson(whole.subarray(4)).length, 2, 'without its length');
  });

  test('of JSON', () => {
    const text =
      '{"email":"ana@x.com","unsubscribed":{"$numberInt":"1"},"unsubscribed":0,"tags":["a","D\\u004eC"],"at":ISODate("2012"';
    assert.deepEqual(
      scanJson(text).map(({ name, value }) => [name, value]),
      [
        ['email', 'ana@x.com'],
        ['unsubscribed', '1'],
        ['unsubscribed', 0],
        ['at', '2012'],
        ['tags', 'a'],
        ['tags', 'DNC'],
      ],
    );
  });
});
