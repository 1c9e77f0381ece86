import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Criteria } from '../../domain/saved-search/index.ts';
import { insidePolygon } from '../../matching/polygon.ts';
import { type ListingToMatch, matcherOf, matches } from '../../matching/saved-search.ts';
import fc, { runs } from '../support/fast-check.ts';

const home: ListingToMatch = {
  city: 'Port St. Lucie',
  postalCode: '34952-1234',
  listPrice: 450_000,
  bedroomsTotal: 3,
  bathroomsFull: 2,
  bathroomsHalf: 1,
  bathroomsTotalInteger: 3,
  livingArea: 1850,
  propertySubType: 'Single Family Residence',
  publicRemarks: 'Heated pool, close to Liverpool Café. Water-front!',
  features: ['Boat Dock', 'Impact Windows'],
  latitude: 27.27,
  longitude: -80.35,
};

const cases: [string, Criteria, boolean][] = [
  ['city, whatever its case and punctuation', { cities: ['Stuart', 'port st lucie'] }, true],
  ['another city', { cities: ['Stuart'] }, false],
  ['a part of a city name', { cities: ['Port'] }, false],
  ['the five digits of a ZIP+4', { postalCodes: ['34952'] }, true],
  ['another ZIP', { postalCodes: ['34953'] }, false],
  ['city and ZIP must both hold', { cities: ['Port St. Lucie'], postalCodes: ['34953'] }, false],
  ['the lower end of a price range', { listPriceMin: 450_000 }, true],
  ['the upper end of a price range', { listPriceMax: 450_000 }, true],
  ['a dollar too dear', { listPriceMax: 449_999 }, false],
  ['a dollar too cheap', { listPriceMin: 450_001 }, false],
  ['enough bedrooms', { bedroomsMin: 3 }, true],
  ['not enough bedrooms', { bedroomsMin: 4 }, false],
  ['two baths and a half', { bathroomsMin: 2.5 }, true],
  ['a half bath is not a bath', { bathroomsMin: 3 }, false],
  ['large enough', { livingAreaMin: 1850 }, true],
  ['too small', { livingAreaMin: 1851 }, false],
  ['one of the kinds', { propertySubTypes: ['Condominium', 'Single Family Residence'] }, true],
  ['none of the kinds', { propertySubTypes: ['Condominium'] }, false],
  ['a word of the remarks', { keywords: ['POOL'] }, true],
  ['a word of the remarks with its accent left out', { keywords: ['cafe'] }, true],
  ['a word inside another word', { keywords: ['liver'] }, false],
  ['several words', { keywords: ['boat dock'] }, true],
  ['words that only meet across two features', { keywords: ['dock impact'] }, false],
  ['a compound written apart', { keywords: ['water front'] }, true],
  ['one of the words', { keywords: ['garage', 'impact windows'] }, true],
  ['a keyword without a letter', { keywords: ['!!!'] }, false],
  [
    'inside the polygon',
    {
      polygon: [
        [-81, 27],
        [-80, 27],
        [-80, 28],
        [-81, 28],
      ],
    },
    true,
  ],
  [
    'outside the polygon',
    {
      polygon: [
        [-80, 27],
        [-79, 27],
        [-79, 28],
      ],
    },
    false,
  ],
];

for (const [name, criteria, expected] of cases) {
  test(`${name}: ${expected ? 'matches' : 'does not match'}`, () => assert.equal(matches(criteria, home), expected));
}

test('a criterion does not match an unknown field', () => {
  for (const [, criteria] of cases) assert.equal(matches(criteria, {}), false);
  assert.equal(matches({ bathroomsMin: 2 }, { bathroomsTotalInteger: 2 }), true, 'a total is better than nothing');
});

const criteriaArbitrary: fc.Arbitrary<Criteria> = fc.record(
  {
    cities: fc.subarray(['Stuart', 'Jupiter', 'Port St. Lucie'], { minLength: 1 }),
    postalCodes: fc.subarray(['34952', '34990'], { minLength: 1 }),
    listPriceMin: fc.integer({ min: 1, max: 10 }),
    listPriceMax: fc.integer({ min: 1, max: 10 }),
    bedroomsMin: fc.integer({ min: 1, max: 5 }),
    bathroomsMin: fc.constantFrom(1, 1.5, 2, 2.5, 3),
    livingAreaMin: fc.integer({ min: 1, max: 5 }),
    keywords: fc.subarray(['pool', 'dock'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const listingArbitrary: fc.Arbitrary<ListingToMatch> = fc.record(
  {
    city: fc.constantFrom('STUART', 'jupiter', 'Port St Lucie'),
    postalCode: fc.constantFrom('34952', '34990-1111'),
    listPrice: fc.integer({ min: 1, max: 10 }),
    bedroomsTotal: fc.integer({ min: 0, max: 5 }),
    bathroomsFull: fc.integer({ min: 0, max: 3 }),
    bathroomsHalf: fc.integer({ min: 0, max: 1 }),
    bathroomsTotalInteger: fc.integer({ min: 0, max: 4 }),
    livingArea: fc.integer({ min: 1, max: 5 }),
    publicRemarks: fc.constantFrom('a pool', 'a dock', 'nothing'),
  },
  { requiredKeys: [] },
);

test('a search matches exactly when each of its criteria alone does', () => {
  fc.assert(
    fc.property(criteriaArbitrary, listingArbitrary, (criteria, listing) => {
      const each = Object.entries(criteria).map(([name, value]) => ({ [name]: value }) as Criteria);
      assert.equal(
        matches(criteria, listing),
        each.every((one) => matches(one, listing)),
      );
    }),
  );
});

test('a matcher can be reused', () => {
  fc.assert(
    fc.property(fc.array(criteriaArbitrary), listingArbitrary, (searches, listing) => {
      const matcher = matcherOf(listing);
      assert.deepEqual(
        searches.map(matcher),
        searches.map((criteria) => matches(criteria, listing)),
      );
    }),
  );
});

test('the polygon test agrees with the half-planes of a triangle, whichever way round and from whichever corner', () => {
  const coordinate = fc.integer({ min: -20, max: 20 });
  const point = fc.tuple(coordinate, coordinate);
  const cross = ([ax, ay]: number[], [bx, by]: number[], [px, py]: number[]) =>
    (bx! - ax!) * (py! - ay!) - (by! - ay!) * (px! - ax!);
  fc.assert(
    fc.property(point, point, point, point, fc.nat(2), fc.boolean(), (a, b, c, p, turn, closed) => {
      fc.pre(cross(a, b, c) !== 0);
      const sides = [cross(a, b, p), cross(b, c, p), cross(c, a, p)];
      const expected = sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
      const ring = [...[a, b, c].slice(turn), ...[a, b, c].slice(0, turn)];
      if (closed) ring.push(ring[0]!);
      assert.equal(insidePolygon(p, ring), expected);
      assert.equal(insidePolygon(p, ring.reverse()), expected);
    }),
    { numRuns: runs(1000) },
  );
});

test('a point in a bay of a polygon is outside', () => {
  const u: [number, number][] = [
    [0, 0],
    [3, 0],
    [3, 3],
    [2, 3],
    [2, 1],
    [1, 1],
    [1, 3],
    [0, 3],
  ];
  assert.equal(insidePolygon([1.5, 2], u), false);
  assert.equal(insidePolygon([0.5, 2], u), true);
});
