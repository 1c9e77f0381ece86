import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal128, Long } from 'bson';
import { livingSquareFeet, rooms } from '../../../importers/legacy/fields/numbers/quantities/measure.ts';
import { type RangeReading, readPriceRange, readRange } from '../../../importers/legacy/fields/numbers/ranges/range.ts';
import fc, { runs } from '../../support/fast-check.ts';

/** As the criteria of a saved search are read. */
const readRoomRange = (found: unknown) => readRange(found, rooms, 'min');
const readAreaRange = (found: unknown) => readRange(found, livingSquareFeet, 'min');

const range = (min?: number, max?: number, correction?: string): RangeReading => ({
  kind: 'range',
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
  ...(correction !== undefined && { correction }),
});
const same = (read: (found: unknown) => RangeReading, founds: readonly unknown[], wanted: RangeReading) => {
  for (const found of founds) assert.deepEqual(read(found), wanted, JSON.stringify(found));
};

test('prices between two ends', () => {
  const forms = [
    '300k-450k',
    '300-450k',
    '300k–450k',
    '$300k - $450k',
    '$300-450k',
    '300,000 – 450,000',
    '300.000-450.000 USD'.replaceAll('.', ','),
    '300k to 450k',
    'from 300k to 450k',
    'from 300k up to 450k',
    'between 300k and 450k',
    'Between $300,000 and $450,000.',
    'min 300k max 450k',
    'Min: $300k, Max: $450k',
    'max 450k, min 300k',
    '300k min, 450k max',
    '>= 300k and <= 450k',
    '≥300k ≤450k',
    'over 300k but under 450k',
    'at least 300k, at most 450k',
    'price: 300k - 450k',
    'budget 300-450k',
    '300K thru 450K',
    '0.3M-0.45M',
    "300'000 - 450'000",
    '300 000 - 450 000',
    'US$300,000 - US$450,000',
    'USD 300,000 to USD 450,000',
    '[300000, 450000]',
    '{"min": 300000, "max": 450000}',
    [300000, 450000],
    ['300k', '$450,000'],
    { min: 300000, max: '450k' },
    { from: 300000, to: 450000 },
    { low: '300k', high: '450k' },
    { minPrice: 300000, maxPrice: 450000 },
    { $gte: 300000, $lte: 450000 },
    { $gt: Long.fromNumber(300000), $lt: Decimal128.fromString('4.5E+5') },
    { $gte: { $numberLong: '300000' }, $lte: { $numberInt: '450000' } },
    { min: 300000, max: 450000, currency: 'USD' },
    { min: { amount: 300000, currency: 'USD' }, max: { amount: 450000, currency: 'USD' } },
    { min: 'min 300k', max: 'up to 450k' },
  ];
  same(readPriceRange, forms, range(300000, 450000));
});

test('prices with one end', () => {
  const least = [
    '300k+',
    '$300,000 +',
    'over 300k',
    'above 300k',
    'at least 300k',
    'more than $300,000',
    'from 300k',
    'starting at 300k',
    '300k and up',
    '300k or more',
    '300k plus',
    '300k min',
    'minimum 300k',
    '> 300k',
    '>=300k',
    '300k to any',
    '300k - no max',
    'min 300k, no max',
    'no less than 300k',
    'not under 300k',
    'from 300k to unlimited',
    { min: 300000 },
    { $gte: 300000 },
    { min: '300k+' },
    { min: 300000, max: 'any' },
    { min: 300000, max: 'no max' },
    { min: 300000, max: 9999999999 },
    { min: 300000, max: Number.POSITIVE_INFINITY },
    [300000, null],
  ];
  same(readPriceRange, least, range(300000));
  const most = [
    500000,
    '500000',
    '500k',
    'under 500k',
    'below $500,000',
    'up to 500k',
    'upto 500k',
    'less than 500k',
    'no more than 500k',
    'at most 500k',
    'max 500k',
    'max. 500k',
    'Max: $500k',
    '500k max',
    '500k maximum',
    '500k or less',
    '500k and under',
    '<500k',
    '<= 500k',
    'not over 500k',
    'anything under 500k',
    '0-500k',
    '$0 - $500,000',
    'no min - 500k',
    'any to 500k',
    'no min, max 500k',
    { max: 500000 },
    { min: 0, max: 500000 },
    { min: '', max: '500k' },
    { min: 'No min', max: '500k' },
    { $lte: 500000 },
    [0, 500000],
    [null, 500000],
    { amount: 500000, currency: 'USD' },
  ];
  for (const found of most) {
    const reading = readPriceRange(found);
    if (typeof found === 'object' && 'amount' in found) assert.deepEqual(reading, range(500000, 500000));
    else assert.deepEqual(reading, range(undefined, 500000), JSON.stringify(found));
  }
  same(readPriceRange, [{ $eq: 500000 }, 'exactly 500k'], range(500000, 500000));
});

test('"no limit" is distinct from "not understood"', () => {
  const forms = [
    'any',
    'Any',
    'ALL',
    'any price',
    'no limit',
    'no max',
    'no min',
    'no min, no max',
    'unlimited',
    'open',
  ];
  const empty = [
    undefined,
    null,
    '',
    ' \u200b',
    {},
    [],
    { min: null, max: null },
    { min: 0, max: null },
    { max: 'any' },
  ];
  same(readPriceRange, [...forms, ...empty, "doesn't matter", 'no preference', { min: 'any', max: 'any' }], {
    kind: 'noLimit',
  });
  same(readRoomRange, ['any', 0, '0', '0+', { min: 0 }], { kind: 'noLimit' });
});

test('a range understood only in part counts as not understood', () => {
  const forms = [
    'plenty',
    'about 450k',
    '~450k',
    '300k-450k or so',
    '300k-450k-500k',
    '300k, 400k',
    '300k/450k',
    '300-450',
    450,
    { min: 300, max: 450 },
    '500-1M',
    '-450k',
    '300k-',
    '450k max 300k',
    'between 300k and over 450k',
    'under 500k unless waterfront',
    '4,5,0,0',
    { $ne: 450000 },
    { $gte: 300000, $ne: 450000 },
    { $in: [300000] },
    { $not: { $gt: 5 } },
    { max: { $gt: 5 } },
    { min: 300000, maximumish: 450000 },
    { min: 300000, from: 200000 },
    { min: 'no max' },
    { max: 0 },
    { min: 0, max: 0 },
    [300000, 400000, 500000],
    [[300000, 450000]],
    true,
    new Date(),
    /x/,
    Number.NaN,
    '{"min": 3',
    'n/a',
    'none',
    '-',
  ];
  for (const found of forms) assert.equal(readPriceRange(found).kind, 'notUnderstood', JSON.stringify(found));
  assert.deepEqual(readPriceRange('x'.repeat(500)), { kind: 'notUnderstood', why: 'too-long' });
});

test('another currency is not understood, and the warning names it', () => {
  const euros = ['€300k-450k', '300k-450k EUR', 'under 500.000 €', { min: 300000, max: 450000, currency: 'EUR' }];
  same(readPriceRange, euros, { kind: 'notUnderstood', why: 'currency-eur' });
  assert.deepEqual(readPriceRange('C$500k max'), { kind: 'notUnderstood', why: 'currency-cad' });
});

test('corrections are named', () => {
  assert.deepEqual(readPriceRange('450k-300k'), range(300000, 450000, 'range-swapped'));
  assert.deepEqual(readPriceRange({ min: 450000, max: 300000 }), range(300000, 450000, 'range-swapped'));
  assert.deepEqual(readPriceRange('300.000-450.000'), range(300000, 450000, 'thousands-separator-dot'));
  assert.deepEqual(readPriceRange({ min: 300000, max: 0 }), range(300000, undefined, 'zero-as-no-maximum'));
});

test('rooms and areas', () => {
  same(
    readRoomRange,
    [3, '3', '3+', '3 or more', 'at least 3', '3 beds', '3+ beds', { $gte: 3 }, 'min 3', '3 BR+'],
    range(3),
  );
  same(
    readRoomRange,
    ['2-4', '2 to 4 beds', 'between 2 and 4', { min: 2, max: 4 }, [2, 4], 'two to four'],
    range(2, 4),
  );
  same(readRoomRange, ['up to 2', { $lte: 2 }], range(undefined, 2));
  assert.deepEqual(readRoomRange('2.5+'), range(2.5));
  assert.deepEqual(readRoomRange('studio'), range(0));
  assert.equal(readRoomRange('many').kind, 'notUnderstood');
  same(readAreaRange, [1800, '1,800', '1800+', '1,800+ sqft', 'at least 1800 sq. ft.', { $gte: 1800 }], range(1800));
  assert.deepEqual(readAreaRange('1.800'), range(1800, undefined, 'thousands-separator-dot'));
  assert.deepEqual(readAreaRange('100-120 m²'), range(1076.39, 1291.67));
  same(readAreaRange, ['1,800 - 2,200 sqft'], range(1800, 2200));
});

test('any two prices in any notation become the ends', () => {
  const price = fc.integer({ min: 1_000, max: 99_999_999 });
  const write: ((price: number) => string)[] = [
    (price) => String(price),
    (price) => `$${price.toLocaleString('en-US')}`,
    (price) => `${price / 1000}k`,
    (price) => `${price / 1e6}M`,
    (price) => `USD ${price.toLocaleString('en-US')}`,
    (price) => price.toLocaleString('de-CH').replaceAll('’', "'"),
  ];
  const join: ((low: string, high: string) => string)[] = [
    (low, high) => `${low}-${high}`,
    (low, high) => `${low} – ${high}`,
    (low, high) => `from ${low} to ${high}`,
    (low, high) => `between ${low} and ${high}`,
    (low, high) => `min ${low}, max ${high}`,
    (low, high) => `>= ${low} <= ${high}`,
  ];
  fc.assert(
    fc.property(
      price,
      price,
      fc.constantFrom(...write),
      fc.constantFrom(...write),
      fc.constantFrom(...join),
      (a, b, one, two, joined) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        // "1500-2000k" means 1,500k: an amount without a unit takes the unit after it.
        const text = joined(one(low), /[kM]$/.test(one(low)) ? two(high) : one(high));
        const reading = readPriceRange(text);
        assert.ok(reading.kind === 'range', text);
        assert.deepEqual([reading.min, reading.max], [low, high], text);
      },
    ),
    { numRuns: runs(500) },
  );
});
