import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as BSON from 'bson';
import type { OwnedType } from '../../../../domain/ownership/index.ts';
import { compileMapping } from '../../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import type { MappingFile } from '../../../../importers/mappings/schema.ts';
import { rawDocument } from '../../../../importers/owned/writing/edits.ts';
import { timeLike } from '../../../../importers/owned/writing/forms/dates.ts';
import { contact, property, user } from '../../support/documents.ts';
import { homeGrown, make, shown, written } from './written.ts';

const { Decimal128, Double, Int32, Long } = BSON;

const photo = (url: string, more: object) => ({ url, ...more });

const cases: readonly (readonly [string, OwnedType, object, object, object])[] = [
  [
    'a number keeps its type',
    'listing',
    { price: Long.fromNumber(450_000) },
    { listPrice: 475_000 },
    { price: Long.fromNumber(475_000) },
  ],
  [
    'a decimal stays one',
    'listing',
    { price: Decimal128.fromString('450000.00') },
    { listPrice: 475_000 },
    { price: Decimal128.fromString('475000.00') },
  ],
  [
    'an amount stays with its currency',
    'listing',
    { price: { amount: Long.fromNumber(650_000), currency: 'USD' } },
    { listPrice: 675_000 },
    { price: { amount: Long.fromNumber(675_000), currency: 'USD' } },
  ],
  [
    'of a budget, only one end changes',
    'lead',
    { budget: { min: Long.fromNumber(300_000), max: Decimal128.fromString('400000') } },
    { listPriceMax: 450_000 },
    { budget: { min: Long.fromNumber(300_000), max: Decimal128.fromString('450000') } },
  ],
  ...(
    [
      ['a number stays one', new Double(400_000), new Double(450_000)],
      ['text stays text, with its sign', '$400,000', '$450,000'],
      ['text stays text, with its currency', '400000 USD', '450000 USD'],
      ['its words and its unit stay', 'up to 400K', 'up to 450K'],
      ['text stays text where it has other numbers', '0-400K', '450000'],
      ['an empty text is filled with text', '', '450000'],
    ] as const
  ).map(
    ([what, budget, after]) =>
      [
        `of a budget that is one value, ${what}`,
        'lead',
        { budget },
        { listPriceMax: 450_000 },
        { budget: after },
      ] as const,
  ),
  [
    'of a budget in two fields, only one changes',
    'lead',
    { priceMin: '$300,000', priceMax: new Double(400_000) },
    { listPriceMax: 450_000 },
    { priceMin: '$300,000', priceMax: new Double(450_000) },
  ],
  [
    'an end that was not understood stays',
    'agent',
    { priceRange: { min: Long.fromNumber(1), max: '500k' } },
    { listPriceMax: 600_000 },
    { priceRange: { min: Long.fromNumber(1), max: '600k' } },
  ],
  [
    'photos keep what else is known of them',
    'listing',
    {
      photos: [
        photo('https://example.com/1.jpg', { order: new Int32(1), thumb: 't' }),
        photo('https://example.com/2.jpg', { order: new Int32(2) }),
      ],
    },
    {
      media: [
        { mediaURL: 'https://example.com/1.jpg' },
        { mediaURL: 'https://example.com/2.jpg', shortDescription: 'Pool' },
      ],
    },
    {
      photos: [
        photo('https://example.com/1.jpg', { order: new Int32(1), thumb: 't' }),
        photo('https://example.com/2.jpg', { order: new Int32(2), caption: 'Pool' }),
      ],
    },
  ],
  [
    'of an address in several fields, only one changes',
    'listing',
    { address: { line1: '123 Main St', line2: 'Apt 4' }, city: 'Boca Raton ', state: 'Fl', zip: new Int32(33_432) },
    { postalCode: '33433' },
    { address: { line1: '123 Main St', line2: 'Apt 4' }, city: 'Boca Raton ', state: 'Fl', zip: new Int32(33_433) },
  ],
  [
    'of an address in a sub-document, only the street changes',
    'listing',
    {
      address: {
        street: '123 Main St',
        unit: new Int32(4),
        city: 'Boca Raton',
        state: 'fl',
        zip: new Int32(33_432),
        county: 'P',
      },
    },
    { streetNumber: '125', unparsedAddress: '125 Main St #4, Boca Raton, FL 33432' },
    {
      address: {
        street: '125 Main St',
        unit: new Int32(4),
        city: 'Boca Raton',
        state: 'fl',
        zip: new Int32(33_432),
        county: 'P',
      },
    },
  ],
  [
    'of a position, one coordinate changes',
    'listing',
    { loc: { type: 'Point', coordinates: [new Double(-80.1), new Double(26.35)], source: 'gps' } },
    { latitude: 26.36 },
    { loc: { type: 'Point', coordinates: [new Double(-80.1), new Double(26.36)], source: 'gps' } },
  ],
  [
    'of several phones, the one that is read changes',
    'lead',
    { phone: ['(561) 555-0134', '561.555.0199'] },
    { mobilePhone: '+15615550135' },
    { phone: ['(561) 555-0135', '561.555.0199'] },
  ],
  [
    'also in one text',
    'lead',
    { phone: '561-555-0136 / 561-555-0199' },
    { mobilePhone: '+15615550135' },
    { phone: '561-555-0135 / 561-555-0199' },
  ],
  [
    'a phone that is a number stays one',
    'lead',
    { phone: Long.fromNumber(5_615_550_134) },
    { mobilePhone: '+15615550135' },
    { phone: Long.fromNumber(5_615_550_135) },
  ],
  [
    'addresses keep what else is known of them',
    'lead',
    { email: [{ address: 'ana@example.com', verified: true }, { address: 'b@example.com' }] },
    { email: 'new@example.com' },
    { email: [{ address: 'new@example.com', verified: true }, { address: 'b@example.com' }] },
  ],
  [
    'areas that stay are not rewritten',
    'lead',
    { areas: ['Boca Raton', new Int32(33_483)] },
    { cities: ['Boca Raton', 'Delray Beach'] },
    { areas: ['Boca Raton', new Int32(33_483), 'Delray Beach'] },
  ],
  [
    'of a name, one part changes',
    'lead',
    { name: undefined, firstName: 'ana', lastName: "O'LEARY" },
    { firstName: 'Anna' },
    { firstName: 'Anna', lastName: "O'LEARY" },
  ],
  [
    'a date keeps its form',
    'listing',
    { status: 'Sold', soldDate: '03/31/2024' },
    { closeDate: '2024-04-15' },
    { soldDate: '04/15/2024' },
  ],
  [
    'a date that is a number stays one',
    'listing',
    { status: 'Sold', soldDate: new Int32(20_240_331) },
    { closeDate: '2024-04-01' },
    { soldDate: new Int32(20_240_401) },
  ],
  [
    'milliseconds stay milliseconds',
    'listing',
    { status: 'Sold', soldDate: Long.fromNumber(1_711_886_400_000) },
    { closeDate: '2024-04-01' },
    { soldDate: Long.fromNumber(Date.parse('2024-04-01T12:00:00Z')) },
  ],
  ['a German yes becomes a German no', 'agent', { active: 'J' }, { memberStatus: 'Inactive' }, { active: 'N' }],
  [
    'a flag keeps its type',
    'agent',
    { active: Long.fromNumber(1) },
    { memberStatus: 'Inactive' },
    { active: Long.fromNumber(0) },
  ],
];

for (const [title, aggregate, fields, changes, after] of cases)
  test(`write-back changes nothing but what has to change: ${title}`, () => {
    const made = make[aggregate](fields);
    const { raw, document, unsaid } = written(aggregate, made, changes);
    assert.deepEqual(unsaid, []);
    const expected = rawDocument(BSON as never, BSON.serialize({ ...made, ...after }, { ignoreUndefined: true }));
    const now = rawDocument(BSON as never, BSON.serialize(document, { ignoreUndefined: true }));
    const names = (one: object) => Object.keys(one).filter((name) => (raw[name] ?? null) !== null || name in after);
    for (const name of new Set([...names(expected), ...names(now)]))
      assert.equal(shown({ it: now[name] }), shown({ it: expected[name] }), name);
  });

test('what a sub-document has besides is not dropped to write a value', () => {
  const budget = { kind: 'cash', when: 'soon' };
  const { document, unsaid } = written('lead', contact({ budget }), { listPriceMax: 450_000 });
  assert.deepEqual(unsaid, []);
  const kept = document.budget as typeof budget | undefined;
  assert.deepEqual([kept?.kind, kept?.when], ['cash', 'soon']);
});

test('of a record with several documents, each goes on saying otherwise what is not to be written', () => {
  const document = contact({ priceMin: 200_000, priceMax: 400_000 });
  const { document: after } = written('lead', document, { listPriceMax: 450_000 }, { listPriceMin: 250_000 });
  assert.deepEqual([Number(String(after.priceMin)), Number(String(after.priceMax))], [200_000, 450_000]);
});

for (const [before, after] of [
  ['02/05/2024', '17/05/2024'],
  ['2.5.2024', '17.5.2024'],
  ['02.05.2024', '17.05.2024'],
  ['02-05-2024', '17-05-2024'],
] as const)
  test(`where the mapping says that the day comes first, ${before} becomes ${after}`, () => {
    const file = structuredClone(homeGrown.file) as { listings: { fields: Record<string, unknown> } };
    file.listings.fields.closeDate = { from: [{ path: 'soldDate' }], dateOrder: 'day-first' };
    const mapping = compileMapping(file as unknown as MappingFile);
    const made = property({ status: 'Sold', soldDate: before });
    const { document, unsaid } = written('listing', made, { closeDate: '2024-05-17' }, {}, mapping);
    assert.deepEqual([document.soldDate, unsaid], [after, []]);
  });

for (const [before, after] of [
  [new Date('2024-03-31T04:00:00Z'), new Date('2024-06-03T04:00:00Z')],
  ['2024-03-31T00:00:00.000Z', '2024-06-03T00:00:00.000Z'],
  ['2024-03-31T10:15:00-04:00', '2024-06-03T10:15:00-04:00'],
  ['2024-03-31 00:00:00', '2024-06-03 00:00:00'],
  ['2024/3/31', '2024/6/3'],
  ['03/31/2024 12:00 AM', '06/03/2024 12:00 AM'],
  ['Mar 31st, 2024', 'Jun 3rd, 2024'],
  ['31 MARCH 2024', '3 JUNE 2024'],
  ['Sun Mar 31 2024 00:00:00 GMT-0400 (EDT)', 'Mon Jun 03 2024 00:00:00 GMT-0400 (EDT)'],
  ['1711857600', '1717387200'],
  [Long.fromNumber(1_711_857_600_000), Long.fromNumber(1_717_387_200_000)],
  [new Int32(45_382), new Int32(45_446)],
] as const)
  test(`a date keeps its form and its time of day: ${shown(before)} becomes ${shown(after)}`, () => {
    const made = property({ status: 'Sold', soldDate: before });
    const { document, unsaid } = written('listing', made, { closeDate: '2024-06-03' });
    const stored = (soldDate: unknown) => shown(rawDocument(BSON as never, BSON.serialize({ soldDate })));
    assert.deepEqual([stored(document.soldDate), unsaid], [stored(after), []]);
  });

for (const [before, after] of [
  ['2024-03-31T10:15:00Z', '2026-11-08T17:04:05Z'],
  ['2024-03-31T10:15:00-04:00', '2026-11-08T13:04:05-04:00'],
  ['2024-03-31 10:15:00', '2026-11-08 17:04:05'],
  ['3/31/2024 10:15 AM', '11/8/2026 05:04 PM'],
  ['Sun Mar 31 2024 10:15:00 GMT-0400 (EDT)', 'Sun Nov 08 2026 13:04:05 GMT-0400 (EDT)'],
  ['20240331101500', '20261108170405'],
  ['1711857600', '1794157445'],
  ['2024-03-31', '2026-11-08'],
  ['no date', '2026-11-08T17:04:05.678Z'],
] as const)
  test(`the time of a change keeps its form: ${before} becomes ${after}`, () => {
    assert.equal(timeLike(BSON as never, before, new Date('2026-11-08T17:04:05.678Z')), after);
  });

for (const [aggregate, before, changes, after] of [
  ['listing', { price: '$450,000.00' }, { listPrice: 475_000 }, { price: '$475,000.00' }],
  ['listing', { features: 'Pool; Gated' }, { features: ['Pool', 'Dock'] }, { features: 'Pool; Dock' }],
  ['listing', { features: 'Pool\nGated' }, { features: ['Pool', 'Gated', 'Dock'] }, { features: 'Pool\nGated\nDock' }],
  ['lead', { areas: 'Boca Raton;33432' }, { cities: ['Delray Beach'] }, { areas: '33432;Delray Beach' }],
  ['agent', { active: 'TRUE' }, { memberStatus: 'Inactive' }, { active: 'FALSE' }],
  ['agent', { active: 'on' }, { memberStatus: 'Inactive' }, { active: 'off' }],
] as const)
  test(`text keeps its form: ${JSON.stringify(before)} becomes ${JSON.stringify(after)}`, () => {
    const { document, unsaid } = written(aggregate, make[aggregate](before), changes);
    assert.deepEqual([Object.keys(after).map((name) => document[name]), unsaid], [Object.values(after), []]);
  });

for (const before of ['Old, here', 'A; b, c', 'One | two, three', 'Line one\nline two, end', '1,450 feet; 2 docks'])
  test(`a text with commas and semicolons is no list, and is written as it is: over ${JSON.stringify(before)}`, () => {
    const publicRemarks = 'Pool; spa,  and a dock | more, 1,450 feet;\nb, c';
    const { document, unsaid } = written('listing', property({ description: before }), { publicRemarks });
    assert.deepEqual([document.description, unsaid], [publicRemarks, []]);
  });

const reso = await loadMapping('reso');
const home = {
  ...{
    _id: '1',
    ListingKey: 'k1',
    ListingId: 'RX-10101234',
    StandardStatus: 'Active',
    MlsStatus: 'Active',
    ListPrice: 450_000,
  },
  ...{
    UnparsedAddress: '12 Main St #4, Boca Raton, FL 33432',
    StreetNumber: '12',
    StreetName: 'Main St',
    UnitNumber: '4',
  },
  ...{ City: 'Boca Raton', StateOrProvince: 'FL', PostalCode: '33432', LotSizeSquareFeet: 10_890, LotSizeAcres: 0.25 },
  ...{ BathroomsFull: 2, BathroomsHalf: 1, BathroomsTotalInteger: 3 },
};
const person = { _id: '1', ContactKey: 'c1', FirstName: 'Ana', LastName: 'López', FullName: 'Ana López' };
const addresses = { Email: 'ana@example.com', Email2: 'b@example.com' };
const moved = (unparsedAddress: string) => ({ unparsedAddress });

for (const [what, aggregate, document, changes, after] of [
  ['a status', 'listing', home, { standardStatus: 'Pending' }, { StandardStatus: 'Pending', MlsStatus: 'Pending' }],
  ['a lot', 'listing', home, { lotSizeSquareFeet: 21_780 }, { LotSizeSquareFeet: 21_780, LotSizeAcres: 0.5 }],
  [
    'bathrooms, whole ones where whole ones are',
    'listing',
    home,
    { bathroomsFull: 3, bathroomsTotalInteger: 4 },
    { BathroomsFull: 3, BathroomsHalf: 1, BathroomsTotalInteger: 4 },
  ],
  [
    'an address',
    'listing',
    home,
    { streetNumber: '14', unitNumber: '5', ...moved('14 Main St #5, Boca Raton, FL 33432') },
    {
      UnparsedAddress: '14 Main St #5, Boca Raton, FL 33432',
      StreetNumber: '14',
      StreetName: 'Main St',
      UnitNumber: '5',
    },
  ],
  ['a name', 'lead', { ...person, ...addresses }, { firstName: 'Anna' }, { FirstName: 'Anna', FullName: 'Anna López' }],
  [
    'a name, unless it was another one',
    'lead',
    { ...person, ...addresses, FullName: 'A. L.' },
    { firstName: 'Anna' },
    { FirstName: 'Anna', FullName: 'A. L.' },
  ],
  [
    'addresses, one in each place',
    'lead',
    { ...person, ...addresses },
    { email: 'b@example.com', otherEmails: ['new@example.com'] },
    { Email: 'b@example.com', Email2: 'new@example.com' },
  ],
] as const)
  test(`a document that says the same at several places says the new value at all of them: ${what}`, () => {
    const { document: now, unsaid } = written(aggregate, document, changes, {}, reso);
    const expected = rawDocument(BSON as never, BSON.serialize({ ...document, ...after }));
    assert.deepEqual([shown(now), unsaid], [shown(expected), []]);
  });

test('a word for yes or no is one that other documents use', () => {
  const words = ['J', 'N'];
  const { document } = written('agent', user({ active: 'N' }), { memberStatus: 'Active' }, {}, homeGrown, words);
  assert.equal(document.active, 'J');
});

test('one end of a range is not written in a way that moves the other', () => {
  for (const budget of [{ amount: 450_000, currency: 'USD' }, { value: '450K' }])
    for (const changes of [{ listPriceMin: 325_000 }, { listPriceMax: 475_000 }]) {
      const { document, unsaid } = written('lead', contact({ budget }), changes);
      assert.deepEqual(unsaid, Object.keys(changes));
      assert.equal(shown(document.budget), shown(BSON.deserialize(BSON.serialize(budget), { promoteValues: false })));
    }
});
