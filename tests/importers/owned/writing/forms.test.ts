import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as BSON from 'bson';
import type { OwnedType } from '../../../../domain/ownership/index.ts';
import type { CompiledMapping } from '../../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { rawDocument } from '../../../../importers/owned/writing/edits.ts';
import { timeLike } from '../../../../importers/owned/writing/forms/dates.ts';
import { contact, property, user } from '../../support/documents.ts';
import { homeGrown, shown, written } from './written.ts';

const { Binary, BSONSymbol, Double, Int32, Long, Timestamp } = BSON;
const reso = await loadMapping('reso');
const simplyrets = await loadMapping('simplyrets');

/** Writes changes, and expects nothing to be different but these fields. */
const expectWritten = (
  aggregate: OwnedType,
  before: object,
  changes: object,
  after: object,
  mapping: CompiledMapping = homeGrown,
) => {
  const { document, unsaid } = written(aggregate, before, changes, {}, mapping);
  assert.deepEqual(unsaid, []);
  const stored = (fields: object) =>
    shown(rawDocument(BSON as never, BSON.serialize(fields, { ignoreUndefined: true })));
  assert.equal(stored(document), stored({ ...before, ...after }));
};

test('a phone number is written as the one that it replaces, with its extension, for leads and agents', () => {
  const forms = [
    '#.#.#',
    '# # #',
    '#-#-#',
    '(#)#-#',
    '(#) #.#',
    '[#] # #',
    '#/#-#',
    '#–#–#',
    '+1 # # #',
    '+1-#-#-#',
    '1 (#) #-#',
    '+1###',
    '1###',
    '###',
    '#.# #',
    'tel:+1-#-#-#',
    'cell: #.#.#',
    '001 # # #',
    ' #.#.# ',
  ];
  const filled = (form: string, parts: readonly string[]) => {
    const left = [...parts];
    return form.replace(/#/g, () => left.shift()!);
  };
  for (const form of forms) {
    const [before, after] = [filled(form, ['239', '555', '0170']), filled(form, ['561', '555', '0135'])];
    expectWritten('lead', contact({ phone: before }), { mobilePhone: '+15615550135' }, { phone: after });
    expectWritten('agent', user({ phone: before }), { memberMobilePhone: '+15615550135' }, { phone: after });
  }
  for (const [before, changes, after] of [
    ['239.555.0170 ext. 12', { mobilePhone: '+15615550135' }, '561.555.0135 ext. 12'],
    ['239.555.0170 x12', { mobilePhoneExt: '99' }, '239.555.0170 x99'],
    ['239-555-0170 #12', { mobilePhone: '+15615550135', mobilePhoneExt: null }, '561-555-0135'],
    ['239-555-0170', { mobilePhone: '+15615550135', mobilePhoneExt: '7' }, '561-555-0135 x7'],
    ['239.555.0170', { mobilePhone: '+442079460958' }, '+442079460958'],
    ['+44 20 7946 0958', { mobilePhone: '+442079460000' }, '+44 20 7946 0000'],
  ] as const)
    expectWritten('lead', contact({ phone: before }), changes, { phone: after });
});

test('an amount keeps its unit where the new one fits it exactly, and is a plain number otherwise', () => {
  for (const [before, listPrice, after] of [
    ['450K', 475_000, '475K'],
    ['$450k', 475_000, '$475k'],
    ['450 thousand', 475_000, '475 thousand'],
    ['450K obo', 475_000, '475K obo'],
    ['450K', 475_123, '475123'],
    ['$450K', 475_123, '$475123'],
    ['1.2M', 1_250_000, '1.25M'],
    ['$1.2M', 475_000, '$475000'],
    ['1 million', 2_000_000, '2 million'],
    ['0.45M', 475_000, '0.475M'],
    ['450.000', 475_000, '475.000'],
    ['450.000,00', 1_475_000, '1.475.000,00'],
    ["450'000", 475_000, "475'000"],
    ['450 000', 475_000, '475 000'],
  ] as const)
    expectWritten('listing', property({ price: before }), { listPrice }, { price: after });
});

test('a range in one text keeps its words and its units', () => {
  for (const [before, changes, after] of [
    ['300-450K', { listPriceMax: 475_000 }, '300-475K'],
    ['300K - 450K', { listPriceMin: 325_000 }, '325K - 450K'],
    ['$300,000 to $450,000', { listPriceMax: 475_000 }, '$300,000 to $475,000'],
    ['300K+', { listPriceMin: 325_000 }, '325K+'],
    ['under 450K', { listPriceMax: 475_000 }, 'under 475K'],
  ] as const)
    expectWritten('lead', contact({ budget: before }), changes, { budget: after });
});

test('an area keeps its unit, also where nothing names it', () => {
  for (const [lotSize, after] of [
    ['0.25 acres', '0.50 acres'],
    ['0.25', '0.50'],
    [new Double(0.25), new Double(0.5)],
    ['.25 ac', '0.50 ac'],
    ['1000 m²', '2023.43 m²'],
    ['10,890 sqft', '21,780 sqft'],
  ] as const)
    expectWritten('listing', property({ lotSize }), { lotSizeSquareFeet: 21_780 }, { lotSize: after });
});

test('a value stays in its BSON type: dates, timestamps, symbols and binary text', () => {
  const seconds = (text: string) => Date.parse(text) / 1_000;
  const time = (text: string) => new Timestamp({ t: seconds(text), i: 7 });
  const bytes = (text: string) => new Binary(Buffer.from(text));
  for (const [before, after] of [
    [time('1998-03-31T05:00:00Z'), time('2001-03-31T05:00:00Z')],
    [new Date('1998-03-31T05:00:00Z'), new Date('2001-03-31T05:00:00Z')],
    ['1998-05-01', '2001-05-01'],
    [new BSONSymbol('1998'), new BSONSymbol('2001')],
    [bytes('built in 1998'), bytes('built in 2001')],
    [Long.fromNumber(1998), Long.fromNumber(2001)],
  ] as const)
    expectWritten('listing', property({ yearBuilt: before }), { yearBuilt: 2001 }, { yearBuilt: after });
  for (const [before, after] of [
    [time('2024-03-31T05:00:00Z'), time('2024-04-15T05:00:00Z')],
    [new BSONSymbol('03/31/2024'), new BSONSymbol('04/15/2024')],
    [bytes('2024-03-31'), bytes('2024-04-15')],
    [{ seconds: Long.fromNumber(seconds('2024-03-31')) }, { seconds: Long.fromNumber(seconds('2024-04-15')) }],
  ] as const) {
    const sold = { status: 'Sold', soldDate: before };
    expectWritten('listing', property(sold), { closeDate: '2024-04-15' }, { soldDate: after });
  }
  const listing = property({ price: new BSONSymbol('$450,000'), status: new BSONSymbol('Active') });
  const after = { price: new BSONSymbol('$475,000'), status: new BSONSymbol('Pending') };
  expectWritten('listing', listing, { listPrice: 475_000, standardStatus: 'Pending' }, after);
});

test('a date keeps what is around it and the language of its month', () => {
  for (const [before, after] of [
    ['/Date(1711843200000)/', '/Date(1713139200000)/'],
    ['/Date(1711843200000-0400)/', '/Date(1713139200000-0400)/'],
    ['ISODate("2024-03-31T00:00:00Z")', 'ISODate("2024-04-15T00:00:00Z")'],
    ['new Date(1711843200000)', 'new Date(1713139200000)'],
    ['31-MAR-24', '15-APR-24'],
    ['31 de marzo de 2024', '15 de abril de 2024'],
    ['2024‑03‑31', '2024‑04‑15'],
    [' 03/31/2024 ', ' 04/15/2024 '],
  ] as const)
    expectWritten(
      'listing',
      property({ status: 'Sold', soldDate: before }),
      { closeDate: '2024-04-15' },
      { soldDate: after },
    );
});

test('the time of a change stays in its BSON type', () => {
  const now = new Date('2026-11-28T10:11:12.345Z');
  for (const [before, after] of [
    [new Timestamp({ t: 1_711_886_400, i: 7 }), new Timestamp({ t: 1_795_860_672, i: 7 })],
    [new BSONSymbol('2024-03-31'), new BSONSymbol('2026-11-28')],
    [{ seconds: 1_711_886_400 }, { seconds: 1_795_860_672 }],
    ['/Date(1711843200000)/', '/Date(1795860672345)/'],
  ] as const)
    assert.equal(shown({ at: timeLike(BSON as never, before, now) }), shown({ at: after }));
});

const town = { city: 'Boca Raton', state: 'FL', zip: '33432' };
const to = (streetNumber: string, streetName: string) => ({
  streetNumber,
  streetName,
  unparsedAddress: `${streetNumber} ${streetName}, Boca Raton, FL 33432`,
});

test('all parts of an address agree after it changed, each in the field that the document has for it', () => {
  const home = {
    ...{ _id: '1', ListingKey: 'k1', ListingId: 'RX-10101234', StandardStatus: 'Active' },
    ...{ StreetNumber: '123', StreetNumberNumeric: 123, StreetName: 'Main', StreetSuffix: 'St' },
    ...{ City: 'Boca Raton', StateOrProvince: 'FL', PostalCode: '33432' },
  };
  const number = { StreetNumber: '125', StreetNumberNumeric: 125 };
  const line = { UnparsedAddress: '123 Main St' };
  for (const [before, changes, after] of [
    [{}, to('125', 'Oak Ave'), { ...number, StreetName: 'Oak', StreetSuffix: 'Ave' }],
    [{}, to('125', 'Broadway'), { ...number, StreetName: 'Broadway', StreetSuffix: null }],
    [line, to('125', 'Oak Ave'), { UnparsedAddress: '125 Oak Ave', ...number, StreetName: 'Oak', StreetSuffix: 'Ave' }],
    [line, to('125', 'Main St'), { UnparsedAddress: '125 Main St', ...number }],
    [{ StreetDirPrefix: 'N' }, to('123', 'S Main St'), { StreetDirPrefix: 'S' }],
    [{ StreetDirPrefix: 'N' }, to('123', 'Main St'), { StreetDirPrefix: null }],
    [
      { StreetDirSuffix: 'NW' },
      to('123', 'Oak Ave SE'),
      { StreetName: 'Oak', StreetSuffix: 'Ave', StreetDirSuffix: 'SE' },
    ],
    [
      { UnitNumber: 'Apt 4', UnparsedAddress: '123 Main St Apt 4' },
      { unitNumber: '5', unparsedAddress: '123 Main St #5, Boca Raton, FL 33432' },
      { UnitNumber: 'Apt 5', UnparsedAddress: '123 Main St Apt 5' },
    ],
    [
      { UnitNumber: '4', UnparsedAddress: '123 Main St #4' },
      { unitNumber: null, unparsedAddress: '123 Main St, Boca Raton, FL 33432' },
      { UnitNumber: null, UnparsedAddress: '123 Main St' },
    ],
  ] as const)
    expectWritten('listing', { ...home, ...before }, changes, after, reso);
  const nested = {
    streetNumber: 123,
    streetNumberText: '123',
    streetName: 'Main',
    streetSuffix: 'St',
    full: '123 Main St',
  };
  const place = { city: 'Boca Raton', state: 'FL', postalCode: '33432' };
  const document = {
    _id: '1',
    mlsId: 17,
    listingId: 'RX-10101234',
    mls: { status: 'Active' },
    address: { ...nested, ...place },
  };
  const address = {
    streetNumber: 125,
    streetNumberText: '125',
    streetName: 'Oak',
    streetSuffix: 'Ave',
    full: '125 Oak Ave',
  };
  expectWritten('listing', document, to('125', 'Oak Ave'), { address: { ...address, ...place } }, simplyrets);
});

test('an address in a sub-document or a list of lines keeps its names and lines', () => {
  for (const [before, after] of [
    [
      { number: new Int32(123), street: 'Main St', ...town },
      { number: new Int32(125), street: 'Oak Ave', ...town },
    ],
    [
      { streetNumber: '123', streetName: 'Main', streetSuffix: 'St', ...town },
      { streetNumber: '125', streetName: 'Oak', streetSuffix: 'Ave', ...town },
    ],
    [
      { calle: '123 Main St', ciudad: 'Boca Raton', estado: 'FL', cp: '33432' },
      { calle: '125 Oak Ave', ciudad: 'Boca Raton', estado: 'FL', cp: '33432' },
    ],
    [
      { street_number: 123, street_name: 'Main', street_suffix: 'St', City: 'Boca Raton', state: 'FL', zip: '33432' },
      { street_number: 125, street_name: 'Oak', street_suffix: 'Ave', City: 'Boca Raton', state: 'FL', zip: '33432' },
    ],
    [{ full: '123 Main St, Boca Raton, FL 33432' }, { full: '125 Oak Ave, Boca Raton, FL 33432' }],
    [
      ['123 Main St', 'Boca Raton, FL 33432'],
      ['125 Oak Ave', 'Boca Raton, FL 33432'],
    ],
    ['123 Main St Boca Raton FL 33432', '125 Oak Ave Boca Raton FL 33432'],
  ] as const) {
    const home = property({ address: before, city: undefined, state: undefined, zip: undefined });
    expectWritten('listing', home, to('125', 'Oak Ave'), { address: after });
  }
  // A street that cannot be read would stay beside the new one.
  const unread = property({ address: { gata: '123 Main St' }, ...town });
  assert.deepEqual(written('listing', unread, to('125', 'Oak Ave')).document.address, unread.address);
  const home = property({ address: { line1: '123 Main St', line2: 'Apt 4' }, ...town });
  const changes = { unitNumber: '5', unparsedAddress: '123 Main St #5, Boca Raton, FL 33432' };
  expectWritten('listing', home, changes, { address: { line1: '123 Main St', line2: 'Apt 5' } });
});

test('a position keeps its form, and its altitude', () => {
  for (const [before, after] of [
    ['26.35, -80.1', '26.4, -80.2'],
    ['POINT(-80.1 26.35)', 'POINT(-80.2 26.4)'],
    [
      { lat: 26.35, lon: -80.1 },
      { lat: 26.4, lon: -80.2 },
    ],
    [
      { latitude: '26.3', longitude: '-80.1' },
      { latitude: '26.4', longitude: '-80.2' },
    ],
    [
      { type: 'Point', coordinates: [-80.1, 26.35, 4.5] },
      { type: 'Point', coordinates: [-80.2, 26.4, 4.5] },
    ],
  ] as const)
    expectWritten('listing', property({ loc: before }), { latitude: 26.4, longitude: -80.2 }, { loc: after });
});

test('an e-mail address is replaced within its text, and the others beside it stay', () => {
  for (const [before, after] of [
    ['ana@example.com; b@example.com', 'eva@example.com; b@example.com'],
    ['Ana Cruz <ana@example.com>', 'Ana Cruz <eva@example.com>'],
    ['mailto:ana@example.com', 'mailto:eva@example.com'],
    [
      ['ana@example.com', 'b@example.com'],
      ['eva@example.com', 'b@example.com'],
    ],
  ] as const)
    expectWritten('lead', contact({ email: before }), { email: 'eva@example.com' }, { email: after });
});

test('an agent gets another address where their others stay', () => {
  const before = user({ email: 'ana@example.com; b@example.com' });
  expectWritten('agent', before, { memberEmail: 'eva@example.com' }, { email: 'eva@example.com; b@example.com' });
});

test('that someone must not be called is not lost when their stage changes: it is left to a person', () => {
  const { document, unsaid } = written('lead', contact({ stage: 'DNC', unsubscribed: true }), { leadStage: 'Hot' });
  assert.deepEqual([document.stage, unsaid], ['DNC', ['leadStage']]);
});

test('a number that no longer fits its type gets the next larger one', () => {
  const before = contact({ phone: new Int32(2_025_550_103) });
  expectWritten('lead', before, { mobilePhone: '+15615550135' }, { phone: Long.fromNumber(5_615_550_135) });
});

test('bathrooms keep the way in which a text counts them', () => {
  const changes = { bathroomsTotalInteger: 4, bathroomsFull: 3, bathroomsHalf: 1 };
  for (const [before, after] of [
    ['2/1', '3/1'],
    ['2F/1H', '3F/1H'],
    ['2 full, 1 half', '3 full, 1 half'],
    ['2.5', '3.5'],
  ])
    expectWritten('listing', property({ baths: before }), changes, { baths: after });
});

test('the number of photos is written where a document counts them, and never over a list of photos', () => {
  const home = { _id: '1', ListingKey: 'k1', ListingId: 'RX-10101234', StandardStatus: 'Active' };
  const photos = ['https://example.com/1.jpg', 'https://example.com/2.jpg'];
  expectWritten('listing', { ...home, PhotosCount: 2 }, { photosCount: 5 }, { PhotosCount: 5 }, reso);
  expectWritten('listing', property({ photos: 2 }), { photosCount: 5 }, { photos: 5 });
  expectWritten('listing', property({ photos }), { photosCount: 0, media: null }, { photos: [] });
  for (const changes of [{ photosCount: 5 }, { photosCount: 5, media: null }]) {
    const { document, unsaid } = written('listing', property({ photos }), changes);
    assert.deepEqual([document.photos, unsaid.includes('photosCount')], [photos, true]);
  }
  const media = [{ mediaURL: 'https://example.com/3.jpg' }];
  expectWritten(
    'listing',
    property({ photos: [{ href: photos[0] }] }),
    { photosCount: 1, media },
    { photos: [{ href: media[0]!.mediaURL }] },
  );
});

test('a field with only the number of a street number follows it, also beside a letter', () => {
  const home = {
    ...{ _id: '1', ListingKey: 'k1', ListingId: 'RX-10101234', StandardStatus: 'Active', StreetName: 'Main St' },
    ...{ City: 'Boca Raton', StateOrProvince: 'FL', PostalCode: '33432' },
  };
  for (const [before, wanted, after, digits] of [
    ['123', '125A', '125A', 125],
    ['123A', '125', '125', 125],
    ['123A', '125B', '125B', 125],
    ['123A', '123B', '123B', 123],
  ] as const)
    for (const whole of [{}, { unparsedAddress: `${wanted} Main St, Boca Raton, FL 33432` }]) {
      const document = { ...home, StreetNumber: before, StreetNumberNumeric: Long.fromNumber(123) };
      const expected = { StreetNumber: after, StreetNumberNumeric: Long.fromNumber(digits) };
      expectWritten('listing', document, { streetNumber: wanted, ...whole }, expected, reso);
    }
});

test('a name keeps its case and its order, as far as they can say it', () => {
  for (const [before, changes, after] of [
    ['ANA CRUZ', { firstName: 'Anna' }, 'ANNA CRUZ'],
    ['CRUZ, ANA', { firstName: 'Anna' }, 'CRUZ, ANNA'],
    ['CRUZ, ANA', { firstName: 'JD' }, 'CRUZ, JD'],
    ['JD Cruz', { firstName: 'Anna' }, 'Anna Cruz'],
    ['CRUZ, Ana', { lastName: 'Vega' }, 'VEGA, Ana'],
    ['Ana  Cruz ', { firstName: 'Anna' }, 'Anna  Cruz '],
    ['Ana Cruz', { lastName: 'McDonald' }, 'Ana McDonald'],
    ['ANA CRUZ', { lastName: 'McDonald' }, 'ANA McDonald'],
    ['ana cruz', { firstName: 'Anna' }, 'Anna cruz'],
    ['Ana Cruz', { lastName: 'Cruz Vega' }, 'Cruz Vega, Ana'],
    [{ first: 'ANA', last: 'CRUZ' }, { firstName: 'Anna' }, { first: 'ANNA', last: 'CRUZ' }],
    [{ firstName: 'Ana', lastName: 'Cruz' }, { lastName: 'Vega' }, { firstName: 'Ana', lastName: 'Vega' }],
  ] as const)
    expectWritten('lead', contact({ name: before }), changes, { name: after });
  const apart = contact({ name: undefined, firstName: 'ANA', lastName: 'CRUZ' });
  expectWritten('lead', apart, { firstName: 'Anna' }, { firstName: 'ANNA' });
  expectWritten('lead', apart, { firstName: 'McKenna' }, { firstName: 'McKenna' });
  expectWritten('agent', user({ name: 'CRUZ, ANA' }), { memberFullName: 'Anna Cruz' }, { name: 'CRUZ, ANNA' });
  const shouted = contact({ name: 'ANA CRUZ', phone: '239-555-0170' });
  expectWritten('lead', shouted, { mobilePhone: '+15615550135' }, { phone: '561-555-0135' });
});

test('a fee says how often it is due where it did, in the same words', () => {
  const often = (associationFeeFrequency: string) => ({ associationFeeFrequency });
  for (const [hoaFee, changes, after] of [
    ['$350/mo', { associationFee: 425 }, '$425/mo'],
    ['$350/mo', often('Quarterly'), '$350/qtr'],
    ['$350/MO', { associationFee: 1_300, ...often('Annually') }, '$1300/YR'],
    ['350 monthly', often('Quarterly'), '350 quarterly'],
    ['350 Monthly', often('Semi-Annually'), '350 Semi-annually'],
    ['$350 per month', often('Quarterly'), '$350 per quarter'],
    ['Quarterly: $1,200', { associationFee: 1_350, ...often('Monthly') }, 'Monthly: $1,350'],
    ['HOA $350/mo', often('Quarterly'), 'HOA $350/qtr'],
    ['350 (monthly)', often('Quarterly'), '350 (quarterly)'],
    ['$350/mo', { associationFeeFrequency: null }, '$350'],
    [{ amount: 350, frequency: 'monthly' }, often('Quarterly'), { amount: 350, frequency: 'quarterly' }],
    [['$350/mo'], often('Quarterly'), ['$350/qtr']],
  ] as const)
    expectWritten('listing', property({ hoaFee }), changes, { hoaFee: after });
  const apart = property({ hoaFee: new Int32(350), hoaFrequency: 'mo' });
  expectWritten('listing', apart, often('Quarterly'), { hoaFrequency: 'qtr' });
  const both = property({ hoaFee: '$350/mo', hoaFrequency: 'Monthly' });
  expectWritten('listing', both, often('Quarterly'), { hoaFee: '$350/qtr', hoaFrequency: 'Quarterly' });
});

test('working hours stay text, or a sub-document, in the form that they have', () => {
  const all = (from: string, to: string, ...on: string[]) => Object.fromEntries(on.map((day) => [day, [from, to]]));
  const [work, week] = [
    ['mon', 'tue', 'wed', 'thu', 'fri'],
    ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  ];
  const saturday = all('10:00', '14:30', 'sat');
  for (const [before, hours, after] of [
    ['9-5', all('08:00', '18:00', ...week), '8-6'],
    ['9-5', all('14:00', '20:00', ...week), '14-20'],
    ['9-5', all('09:00', '17:00', ...work), 'Mon-Fri 9-5'],
    ['09:00 - 17:00', all('08:30', '18:00', ...week), '08:30 - 18:00'],
    ['Mon-Fri 9am-5pm', all('09:00', '18:00', ...work), 'Mon-Fri 9am-6pm'],
    ['Mon-Fri 9am-5pm', { ...all('09:00', '17:00', ...work), ...saturday }, 'Mon-Fri 9am-5pm, Sat 10am-2:30pm'],
    ['mon-thu 9:00-17:00; fri 9:00-12:00', all('09:00', '13:00', ...work), 'mon-thu 9:00-13:00; fri 9:00-13:00'],
    ['Monday to Friday: 9 am – 5 pm', all('09:00', '17:00', 'tue', 'wed'), 'Tuesday to Wednesday: 9 am – 5 pm'],
    ['weekdays 9-5, Sat off', { ...all('10:00', '17:00', ...work), ...saturday }, 'weekdays 10-5, Sat 10-2:30'],
    ['9am - noon', all('09:00', '13:00', ...week), '9am - 1pm'],
    ['by appointment', all('09:00', '17:00', 'mon'), 'Mon 09:00-17:00'],
    [
      { mon: ['09:00', '17:00'], tue: ['09:00', '17:00'] },
      all('10:00', '18:00', 'mon', 'wed'),
      { mon: ['10:00', '18:00'], tue: null, wed: ['10:00', '18:00'] },
    ],
    [
      { Monday: '9am to 5pm', Sunday: 'closed' },
      { ...all('09:00', '18:00', 'mon'), ...saturday },
      { Monday: '9am to 6pm', Sunday: 'closed', Saturday: '10am to 2:30pm' },
    ],
    [{ mon: { from: '9:00', to: '17:00' } }, all('08:00', '17:00', 'mon'), { mon: { from: '8:00', to: '17:00' } }],
  ] as const)
    expectWritten('agent', user({ hours: before }), { hours }, { hours: after });
});

test('a range in a sub-document keeps the names of its ends', () => {
  for (const [budget, after] of [
    [
      { from: 300_000, to: 450_000 },
      { from: 300_000, to: 475_000 },
    ],
    [
      { minPrice: '300k', maxPrice: '450k' },
      { minPrice: '300k', maxPrice: '475k' },
    ],
  ])
    expectWritten('lead', contact({ budget }), { listPriceMax: 475_000 }, { budget: after });
});
