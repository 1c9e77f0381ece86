import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Binary, BSONSymbol, DBRef, Decimal128, Double, Int32, Long, MaxKey, ObjectId, Timestamp, UUID } from 'bson';
import { warningMeaning } from '../../../domain/warning-codes.ts';
import { readLanguages } from '../../../importers/legacy/fields/people/languages.ts';
import { readLeadStage } from '../../../importers/legacy/fields/people/lead-words.ts';
import { readPropertyType } from '../../../importers/legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../../../importers/legacy/fields/words/status.ts';
import { plainText, plainValue, withoutInvisible } from '../../../importers/legacy/plain-value.ts';
import { asList, asNumber, isMissing, spelling } from '../../../importers/legacy/reading.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { exportedFunctions, helpers, partial, schemas, valueIn } from './support/field-readers.ts';

const functions = await exportedFunctions();
const readers = [...functions].filter(([name]) => name.startsWith('read') && !partial.includes(name));

test('the tests below cover every reader in the folder', () => {
  assert.deepEqual(
    readers.map(([name]) => name).filter((name) => !(name in schemas)),
    [],
    'add each of these readers, with the schema of its value, to tests/importers/fields/support/field-readers.ts',
  );
});

/** Numbers, separators, units, months: texts that look like values, to get past a reader's first checks. */
const pieces = fc.constantFrom(
  ...'0 1 3 12 450 2024 33432 20240331 1e5 . , - – / + : $ € ( ) # % & ½ ² é \u200b \u00a0'.split(' '),
  ...'k M USD sqft acres m² br studio to from under any FL Sep Mon am GMT-0400 x12 St Apt Boca Raton a@x.com'.split(
    ' ',
  ),
  ' ',
  '\n',
);
const valueLike = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
const bsonValue = fc.oneof(
  fc.double().map((value) => new Double(value)),
  fc.integer().map((value) => new Int32(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc
    .constantFrom('4.5E+5', '0E+2', 'NaN', '-Infinity', '1E+6000', '33432.0')
    .map((text) => Decimal128.fromString(text)),
  valueLike.map((text) => new BSONSymbol(text)),
  fc.uint8Array().map((bytes) => new Binary(bytes)),
  fc.date().map((date) => date),
  fc.constantFrom(
    new Timestamp({ t: 1_700_000_000, i: 1 }),
    new ObjectId(),
    new UUID(),
    new MaxKey(),
    new DBRef('users', new ObjectId()),
    /x/,
  ),
  fc.constantFrom<unknown>(
    { $numberLong: '650000' },
    { $date: '2024-03-31' },
    { low: 1, high: 0, unsigned: false },
    { _bsontype: 'Long' },
    { _bsontype: 'ObjectId' },
    { _bsontype: 'Binary' },
    { _bsontype: 'Decimal128' },
    { _bsontype: 'DBRef' },
    { _bsontype: 'Timestamp' },
    { _bsontype: 'BSONSymbol' },
  ),
);
const leaf = fc.oneof(valueLike, bsonValue, fc.string(), fc.integer(), fc.double());
const names = fc.constantFrom(
  'min',
  'max',
  '$gte',
  '$lte',
  'lat',
  'lng',
  'coordinates',
  'street',
  'city',
  'zip',
  'full',
  'half',
  'from',
  'to',
  'amount',
  'currency',
  'text',
  'at',
  'mon',
  'url',
  'first',
  'last',
  '__proto__',
  '_id',
);
const document = fc.dictionary(names, fc.oneof(leaf, fc.array(leaf, { maxLength: 4 })), { maxKeys: 5 });
const anyValue = fc.oneof(
  leaf,
  fc.array(fc.oneof(leaf, document), { maxLength: 5 }),
  document,
  fc.anything({
    withDate: true,
    withBigInt: true,
    withNullPrototype: true,
    withBoxedValues: true,
    withTypedArray: true,
  }),
);

const answerOf = (name: string, read: (found: unknown) => unknown, found: unknown): unknown => {
  try {
    return read(found);
  } catch (error) {
    throw new Error(`${name} throws`, { cause: error });
  }
};

test('no value makes a reader throw, return a value that the domain rejects, or give an unknown warning', () => {
  fc.assert(
    fc.property(anyValue, (found) => {
      for (const [name, read] of readers) {
        const answer = answerOf(name, read, found);
        const value = valueIn(answer);
        if (value !== undefined) {
          const parsed = schemas[name]!.safeParse(value);
          assert.ok(parsed.success, `${name} gave ${inspect(value)}: ${parsed.error?.message}`);
        }
        const { warning } = (answer ?? {}) as { warning?: string };
        if (warning !== undefined)
          assert.ok(warningMeaning(warning), `${name} gives the warning ${warning}, which has no sentence`);
      }
    }),
    { numRuns: runs(1_000) },
  );
});

test('every code that a reader can give has a sentence', () => {
  const root = new URL('../../../importers/legacy/', import.meta.url);
  const codes = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [
      ...readFileSync(new URL(path.replaceAll('\\', '/'), root), 'utf8').matchAll(
        /(?:unclear\(|warning: |correction: |warning \?\?= |draft\.warn\([^,]+, )'([a-z-]+)'/g,
      ),
    ])
    .map((match) => match[1]!);
  assert.ok(codes.length > 40);
  assert.deepEqual(
    [...new Set(codes)].filter((code) => warningMeaning(code) === undefined),
    [],
  );
});

const hostile = [
  ...[' ', '\n', '1', '.', ',', '-', "'", '$', '<', '(', '[', 'a', '@', '\u200b', 'Ã', '１'],
  ...['1-', '1,', '1 ', '1.', 'a@', '<a>', 'a ', '# ', '1/', '1k-', '[['],
];
const sizes = [1_000, 30_000, 300_000];

/** The least processor time of a few tries, in milliseconds, so that other load on the machine does not count. */
const timeOf = (run: () => void, enough: number): number => {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 4 && least > enough; attempt++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
};

test('every reader takes linear time at most, whatever the text', () => {
  const shared: [string, (found: string) => unknown][] = [
    ...helpers.map((name): [string, (found: string) => unknown] => [name, functions.get(name)!]),
    ...Object.entries({ plainText, plainValue, withoutInvisible, isMissing, asNumber, asList, spelling }),
  ];
  // Shorter times say nothing about growth.
  const floor = 400;
  for (const [name, read] of [...readers, ...shared]) {
    for (const unit of hostile) {
      let before = floor;
      for (const [index, size] of sizes.entries()) {
        const body = unit.repeat(Math.ceil(size / unit.length));
        const growth = size / (sizes[index - 1] ?? size);
        // Quadratic time would be a hundred times as long for ten times the text; twice the linear time is noise.
        const limit = Math.max(before * growth * 2, floor);
        const time = timeOf(() => {
          read(body);
          read(`1${body}x`);
        }, limit);
        assert.ok(
          time <= limit,
          `${name} takes ${Math.round(time)} ms for ${size} characters of ${JSON.stringify(unit)}`,
        );
        before = time;
      }
    }
  }
});

test('long texts within lists and documents take linear time at most', () => {
  const keys = [
    'min',
    'street',
    'line1',
    'city',
    'zip',
    'lat',
    'lng',
    'full',
    'from',
    'to',
    'amount',
    'text',
    'mon',
    'url',
    'first',
    'last',
  ];
  for (const [name, read] of readers) {
    for (const unit of [' ', '1', '-', '1-', ', ', '1 ', 'a', '.']) {
      const body = `1${unit.repeat(100_000 / unit.length)}x`;
      const time = timeOf(() => {
        read([body, body]);
        read(Object.fromEntries(keys.map((key) => [key, body])));
        // A neighbouring field: a unit, a ZIP code, a town.
        read('1', body);
        read('123 Main St', { city: body, state: body, zip: body });
      }, 1_000);
      assert.ok(time <= 1_000, `${name} takes ${Math.round(time)} ms for ${JSON.stringify(unit)} within`);
    }
  }
});

test('a property name that every object has is not an entry of any table', () => {
  for (const word of ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty']) {
    for (const read of [readStandardStatus, readPropertyType, readLanguages, readLeadStage]) {
      assert.equal(read(word).value, undefined, word);
    }
  }
});
