import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal128, Long, ObjectId } from 'bson';
import fc from 'fast-check';
import { readAddress } from '../../importers/legacy/fields/address.ts';
import { readLivingArea, readLotSize } from '../../importers/legacy/fields/area.ts';
import { readAreas } from '../../importers/legacy/fields/areas.ts';
import { readBudget } from '../../importers/legacy/fields/budget.ts';
import { readCoordinates } from '../../importers/legacy/fields/coordinates.ts';
import { readCriteria } from '../../importers/legacy/fields/criteria.ts';
import { readDate, readTimestamp } from '../../importers/legacy/fields/date.ts';
import { readEmails } from '../../importers/legacy/fields/email.ts';
import { readLanguages } from '../../importers/legacy/fields/languages.ts';
import { readLeadSource, readLeadStage, readTimeframe } from '../../importers/legacy/fields/lead-words.ts';
import { readWords } from '../../importers/legacy/fields/list.ts';
import { mlsIdentities, readMlsNumber } from '../../importers/legacy/fields/mls-number.ts';
import { readNotes } from '../../importers/legacy/fields/notes.ts';
import { readPersonName } from '../../importers/legacy/fields/person-name.ts';
import { readPhone } from '../../importers/legacy/fields/phone.ts';
import { readPhotos } from '../../importers/legacy/fields/photos.ts';
import { readPostalCode } from '../../importers/legacy/fields/postal-code.ts';
import { readPrice } from '../../importers/legacy/fields/price.ts';
import { readPropertyType } from '../../importers/legacy/fields/property-type.ts';
import { readReference } from '../../importers/legacy/fields/reference.ts';
import { readBathrooms, readBedrooms } from '../../importers/legacy/fields/rooms.ts';
import { readStandardStatus } from '../../importers/legacy/fields/status.ts';
import { readLine, readText, repairMojibake } from '../../importers/legacy/fields/text.ts';
import { readVacation } from '../../importers/legacy/fields/vacation.ts';
import { readWorkingHours } from '../../importers/legacy/fields/working-hours.ts';
import { readYearBuilt } from '../../importers/legacy/fields/year.ts';
import { readOptOut, readYesNo } from '../../importers/legacy/fields/yes-no.ts';
import type { Reading } from '../../importers/legacy/reading.ts';

/** What is found in the old CRM, what it says, and the warning that goes with it. */
type Case<Value> = readonly [found: unknown, value: Value | undefined, warning?: string];

const table = <Value>(name: string, read: (found: unknown) => Reading<Value>, cases: readonly Case<Value>[]) =>
  test(name, () => {
    for (const [found, value, warning] of cases) {
      const reading = read(found);
      const what = `${name}: ${JSON.stringify(found)}`;
      assert.deepEqual(reading.value, value, what);
      assert.equal(reading.warning, warning, what);
    }
    for (const found of [undefined, null, '', '  ']) {
      const { value, warning } = read(found);
      assert.equal(warning, undefined, `${name}: nothing is no reason to warn`);
      if (typeof value !== 'object') assert.equal(value, undefined);
    }
  });

const all = (founds: readonly unknown[], value: string): Case<string>[] => founds.map((found) => [found, value]);

table('MLS numbers', readMlsNumber, [
  ...all(['RX-10812345', ' rx-10812345 '], 'RX-10812345'),
  [10812345, '10812345'],
  ['N/A', undefined, 'not-an-mls-number'],
  ['0', undefined, 'not-an-mls-number'],
]);

table('statuses', readStandardStatus, [
  ...all(['Active', 'active', 'A', 'ACT', 'Back on Market'], 'Active'),
  ['Coming Soon', 'Coming Soon'],
  ...all(['Pending', 'P', 'Under Contract', 'UC'], 'Pending'),
  ...all(['Sold', 'S', 'Closed'], 'Closed'),
  ...all(['Withdrawn', 'W'], 'Withdrawn'),
  ...all(['Expired', 'X'], 'Expired'),
  ...all(['Cancelled', 'Canceled'], 'Canceled'),
  ['Actve', undefined, 'status-unknown'],
  [7, undefined, 'status-unknown'],
  [{}, undefined, 'status-unknown'],
]);

table('prices', readPrice, [
  [450000, 450000],
  ['450000', 450000],
  ['$450,000', 450000],
  ['450k', 450000],
  ['1.2M', 1200000],
  [Long.fromNumber(450000), 450000],
  [Decimal128.fromString('450000.50'), 450000.5],
  ['$450,000 - $475,000', 450000, 'price-range'],
  [0, undefined, 'price-not-positive'],
  [-1, undefined, 'price-not-positive'],
  ['Call', undefined, 'not-a-price'],
  ['45,00', undefined, 'not-a-price'],
  [99_999_999_999, undefined, 'price-too-high'],
  [Number.NaN, undefined, 'not-a-price'],
  [{ a: 1 }, undefined, 'not-a-price'],
]);

table('bedrooms', readBedrooms, [
  [3, 3],
  ['3', 3],
  ['3+1', 3, 'extra-room'],
  ['studio', 0],
  ['many', undefined, 'not-a-number-of-bedrooms'],
  [2.5, undefined, 'not-a-number-of-bedrooms'],
]);

table('bathrooms', readBathrooms, [
  [2.5, { full: 2, half: 1 }],
  ['2.5', { full: 2, half: 1 }],
  ['2/1', { full: 2, half: 1 }],
  [
    { full: 2, half: 1 },
    { full: 2, half: 1 },
  ],
  [2, { full: 2, half: 0 }],
  [2.75, { full: 2, half: 1 }, 'part-bathroom'],
  ['some', undefined, 'not-a-number-of-bathrooms'],
]);

table('living areas', readLivingArea, [
  [1850, 1850],
  ['1,850', 1850],
  ['1850 sqft', 1850],
  ['1850-1900', 1850, 'area-range'],
  [0, undefined, 'area-not-positive'],
  ['big', undefined, 'not-an-area'],
]);

test('lot sizes', () => {
  assert.deepEqual(readLotSize(0.25, 'acres'), { value: 10890 });
  assert.deepEqual(readLotSize(10890, 'sqft'), { value: 10890 });
  assert.deepEqual(readLotSize('0.25 ac'), { value: 10890 });
  assert.deepEqual(readLotSize(0.25), { value: 10890, warning: 'unit-guessed' });
  assert.deepEqual(readLotSize(10890), { value: 10890, warning: 'unit-guessed' });
  assert.deepEqual(readLotSize(1, 'bananas'), { warning: 'unit-unknown' });
});

table('years', readYearBuilt, [
  [1998, 1998],
  ['1998', 1998],
  ['c. 1998', 1998, 'about'],
  [0, undefined, 'not-a-year'],
  [20005, undefined, 'not-a-year'],
]);

table('property types', (found) => mapReading(readPropertyType(found), (kind) => kind.propertySubType), [
  ...all(['SFR', 'Single Family', 'single-family', 'House'], 'Single Family Residence'),
  ...all(['Condo', 'condominium'], 'Condominium'),
  ...all(['TH', 'Townhouse', 'Townhome'], 'Townhouse'),
  ['Multi', 'Multi Family'],
  ['Duplex', 'Duplex'],
  ...all(['Land', 'Vacant Land'], 'Unimproved Land'),
  ['Mobile', 'Mobile Home'],
  ['Castle', undefined, 'type-unknown'],
]);

test('addresses: one line, parts, two lines beside city, state and ZIP', () => {
  const wanted = {
    unparsedAddress: '123 Main St, Boca Raton, FL 33432',
    streetNumber: '123',
    streetName: 'Main St',
    city: 'Boca Raton',
    stateOrProvince: 'FL',
    postalCode: '33432',
  };
  assert.deepEqual(readAddress('123 Main St, Boca Raton, FL 33432').value, wanted);
  assert.deepEqual(
    readAddress({ street: '123 Main St', city: 'Boca Raton', state: 'Florida', zip: 33432 }).value,
    wanted,
  );
  const beside = { city: 'Boca Raton', state: 'FL', zip: '33432' };
  assert.deepEqual(readAddress({ line1: '123 Main St', line2: '' }, beside).value, wanted);
  const flat = { ...wanted, unparsedAddress: '123 Main St #4B, Boca Raton, FL 33432', unitNumber: '4B' };
  assert.deepEqual(readAddress('123 Main St #4B, Boca Raton, FL 33432').value, flat);
  assert.deepEqual(readAddress({ line1: '123 Main St', line2: 'Unit 4B' }, beside).value, flat);
  assert.equal(
    readAddress(undefined, { city: 'Boca Raton' }).value?.unparsedAddress,
    undefined,
    'a town is no address',
  );
  assert.deepEqual(readAddress(17), { warning: 'not-an-address' });
});

table('postal codes', readPostalCode, [
  ['33432', '33432'],
  [33432, '33432'],
  ['33432-1234', '33432-1234'],
  [1234, '01234'],
  ['ABC', undefined, 'not-a-postal-code'],
]);

test('coordinates: three forms, swapped ones put right, nowhere left empty', () => {
  const boca = { latitude: 26.35, longitude: -80.08 };
  const right = [{ type: 'Point', coordinates: [-80.08, 26.35] }, { lat: 26.35, lng: -80.08 }, [-80.08, 26.35]];
  const swapped = [{ type: 'Point', coordinates: [26.35, -80.08] }, { lat: -80.08, lng: 26.35 }, [26.35, -80.08]];
  for (const zip of ['33432', undefined]) {
    for (const found of right) assert.deepEqual(readCoordinates(found, zip), { value: boca });
    for (const found of swapped) {
      assert.deepEqual(readCoordinates(found, zip), { value: boca, warning: 'coordinates-swapped' });
    }
  }
  for (const zero of [[0, 0], { lat: 0, lng: 0 }]) {
    assert.deepEqual(readCoordinates(zero, '33432'), { warning: 'coordinates-zero' });
  }
  assert.deepEqual(readCoordinates([-73.99, 40.74], '33432'), { warning: 'far-from-postal-code' });
  assert.deepEqual(readCoordinates([2.35, 48.85]), { warning: 'coordinates-abroad' });
  assert.deepEqual(readCoordinates('here', '33432'), { warning: 'not-coordinates' });
});

test('photos: addresses, captions, or only a count', () => {
  const url = 'https://photos.example.com/1.jpg';
  assert.deepEqual(readPhotos([url]).value, { photosCount: 1, media: [{ mediaURL: url }] });
  const caption = { photosCount: 1, media: [{ mediaURL: url, shortDescription: 'Front' }] };
  assert.deepEqual(readPhotos([{ url, caption: 'Front' }]).value, caption);
  assert.deepEqual(readPhotos(12).value, { photosCount: 12 });
  assert.deepEqual(readPhotos(['nothing']), { value: { photosCount: 1 }, warning: 'photo-without-url' });
});

test('text: HTML becomes text, text read in the wrong code page is repaired', () => {
  assert.equal(readText('<p>Big &amp; bright</p><p>Call <b>now</b></p>').value, 'Big & bright\n\nCall now');
  assert.equal(readText('CafÃ© by the sea â€“ 5 < 6').value, 'Café by the sea – 5 < 6');
  assert.equal(readText('CafÃ© beside a real é').value, 'Café beside a real é');
  assert.equal(readLine('a\u0000b\n c').value, 'ab c');
  assert.deepEqual(readLine('x'.repeat(400)), { value: 'x'.repeat(300), warning: 'shortened' });
});

const at = '2021-03-04T05:06:07.000Z';
table('times', readTimestamp, [
  [new Date(at), at],
  [at, at],
  [Date.parse(at) / 1000, at],
  [Date.parse(at), at],
  [Long.fromNumber(Date.parse(at)), at],
  [String(Date.parse(at)), at],
  ['2021-03-04', '2021-03-04T00:00:00.000Z'],
  ['2021-03-04 05:06:07', at],
  ['03/04/2021', '2021-03-04T00:00:00.000Z'],
  ['2021-02-31', undefined, 'not-a-date'],
  ['last week', undefined, 'not-a-date'],
  [new Date(Number.NaN), undefined, 'not-a-date'],
  [1e15, undefined, 'date-out-of-range'],
  [0, undefined],
]);
table('dates', readDate, [[new Date(at), '2021-03-04']]);

table('e-mail addresses', readEmails, [
  [' Ana@Example.COM ', ['ana@example.com']],
  [
    ['a@x.com', 'b@x.com'],
    ['a@x.com', 'b@x.com'],
  ],
  ['a@x.com; b@x.com', ['a@x.com', 'b@x.com']],
  ['Ana López <ana@x.com>', ['ana@x.com']],
  ['none@none.com', undefined, 'not-an-email'],
  ['ana@', undefined, 'not-an-email'],
  [['a@x.com', 'oops'], ['a@x.com'], 'not-an-email'],
]);

table(
  'phone numbers',
  (found) => mapReading(readPhone(found), ({ number, ext }) => (ext ? `${number} x${ext}` : number)),
  [
    ...(all(['(561) 555-0134', 5615550134, '+1 561 555 0134'], '+15615550134') as Case<string>[]),
    ['561.555.0134 x12', '+15615550134 x12'],
    ['5555555', undefined, 'not-a-phone-number'],
  ],
);

table('names', readPersonName, [
  ['Ana María López', { first: 'Ana María', last: 'López' }],
  [
    { first: 'Ana', last: 'López' },
    { first: 'Ana', last: 'López' },
  ],
  ['LOPEZ, ANA', { first: 'Ana', last: 'Lopez' }],
  ['Vincent van Gogh', { first: 'Vincent', last: 'van Gogh' }],
  ['Ana', { first: 'Ana' }],
  ['ana@example.com', undefined, 'name-is-an-email'],
]);

table('sources of leads', readLeadSource, [
  ...(all(['zillow', 'Zillow.com', 'ZILLOW'], 'Zillow') as Case<'Zillow'>[]),
  ['realtor.com', 'Realtor.com'],
  ...(all(['Website', 'web', 'site'], 'Website') as Case<'Website'>[]),
  ['referral', 'Referral'],
  ['Open House', 'Open House'],
  ...(all(['fb', 'Facebook'], 'Facebook') as Case<'Facebook'>[]),
  ['billboard', 'Other', 'source-unknown'],
]);

table('stages', (found) => mapReading(readLeadStage(found), (stage) => stage.leadStage), [
  ...all(['new', 'New Lead'], 'New'),
  ['Attempted', 'Attempted'],
  ['Contacted', 'Contacted'],
  ['nurture', 'Nurture'],
  ...all(['Hot', 'hot lead'], 'Hot'),
  ['Appt', 'Appointment'],
  ['Under Contract', 'Under Contract'],
  ...all(['Closed', 'Past Client'], 'Closed'),
  ...all(['Trash', 'dead', 'DNC'], 'Trash'),
  ['?', undefined, 'stage-unknown'],
]);

table('time frames', readTimeframe, [
  ['0-3 months', '0-3 months'],
  ['ASAP', 'ASAP'],
  ['6mo+', '6-12 months'],
  ['3-6 months', '3-6 months'],
  ['1 year+', '12+ months'],
  ['someday', undefined, 'timeframe-unknown'],
]);

table('budgets', readBudget, [
  [
    { min: 300000, max: '450k' },
    { min: 300000, max: 450000 },
  ],
  ['300-450k', { min: 300000, max: 450000 }],
  ['$1.1-1.3M', { min: 1100000, max: 1300000 }],
  ['under 500k', { max: 500000 }],
  ['500k+', { min: 500000 }],
  [450000, { max: 450000 }],
  [{ min: 450000, max: 300000 }, { min: 300000, max: 450000 }, 'budget-swapped'],
  ['plenty', undefined, 'not-a-budget'],
]);

test('areas, words, languages: lists and comma strings', () => {
  const areas = { cities: ['Boca Raton'], postalCodes: ['33432'] };
  assert.deepEqual(readAreas(['Boca Raton', '33432']).value, areas);
  assert.deepEqual(readAreas('boca raton, 33432, FL').value, areas);
  assert.deepEqual(readWords(['Pool', 'Waterfront', 'pool']).value, ['Pool', 'Waterfront']);
  assert.deepEqual(readWords('pool, waterfront').value, ['pool', 'waterfront']);
  for (const found of ['es', 'Spanish', 'Español', ['es']]) assert.deepEqual(readLanguages(found).value, ['Spanish']);
  assert.deepEqual(readLanguages('English, es').value, ['English', 'Spanish']);
  assert.deepEqual(readLanguages('klingonian'), { warning: 'language-unknown' });
});

test('notes: a list or one text', () => {
  const by = new ObjectId();
  const note = { text: 'Called', at };
  assert.deepEqual(readNotes([{ text: 'Called', by, at: new Date(at) }]).value, [
    { note, by: `id:${by.toHexString()}` },
  ]);
  assert.deepEqual(readNotes('Called').value, [{ note: { text: 'Called' } }]);
});

test('yes and no; what does not plainly say no is an opt-out', () => {
  for (const yes of [true, 'Y', 1, 'true', 'yes']) assert.equal(readYesNo(yes).value, true);
  for (const no of [false, 'N', 0, 'false', 'no']) assert.equal(readYesNo(no).value, false);
  for (const out of [true, 'Y', 1, 'unsubscribed', new Date(), {}, 'maybe']) assert.equal(readOptOut(out), true);
  for (const not of [false, 'N', 0, 'false', 'FALSE', null, undefined, '']) assert.equal(readOptOut(not), false);
});

test('references: ObjectId, its digits, an address, an id given by hand', () => {
  const id = new ObjectId();
  for (const found of [id, id.toHexString(), id.toHexString().toUpperCase(), { _id: id }]) {
    assert.deepEqual(readReference(found), { value: `id:${id.toHexString()}` });
  }
  assert.deepEqual(readReference(' Ana@X.com '), { value: 'email:ana@x.com' });
  assert.deepEqual(readReference(17), { value: 'id:17' });
  assert.deepEqual(readReference('by-hand'), { value: 'id:by-hand' });
  assert.deepEqual(readReference([]), { warning: 'not-a-reference' });
});

test('working hours and vacations', () => {
  assert.deepEqual(readWorkingHours('9-17').value?.sun, ['09:00', '17:00']);
  assert.deepEqual(readWorkingHours({ mon: ['09:00', '17:00'] }).value, { mon: ['09:00', '17:00'] });
  assert.deepEqual(readWorkingHours({ mon: '9am-5pm', tue: 'off' }).value, { mon: ['09:00', '17:00'] });
  assert.deepEqual(readWorkingHours('whenever'), { warning: 'not-working-hours' });
  const away = { from: '2026-03-01', to: '2026-03-09' };
  assert.deepEqual(readVacation({ from: new Date('2026-03-01'), to: '2026-03-09' }), { value: away });
  assert.deepEqual(readVacation({ from: '2026-03-09', to: '2026-03-01' }), {
    value: away,
    warning: 'vacation-swapped',
  });
});

test('queries: plain, as JSON text, with Mongo operators', () => {
  const query = {
    city: 'Boca Raton',
    zips: ['33432'],
    minPrice: '300k',
    maxPrice: 500000,
    beds: '3',
    types: ['Condo'],
  };
  const criteria = {
    cities: ['Boca Raton'],
    postalCodes: ['33432'],
    listPriceMin: 300000,
    listPriceMax: 500000,
    bedroomsMin: 3,
    propertySubTypes: ['Condominium'],
  };
  assert.deepEqual(readCriteria(query).value, { criteria, warnings: [] });
  assert.deepEqual(readCriteria(JSON.stringify(query)).value, { criteria, warnings: [] });
  const operators = {
    city: { $in: ['Boca Raton'] },
    zip: { $in: ['33432'] },
    price: { $gte: 300000, $lte: 500000 },
    beds: { $gte: 3 },
    type: 'Condo',
  };
  assert.deepEqual(readCriteria(operators).value, { criteria, warnings: [] });
  const ring = [
    [-80.1, 26.3],
    [-80, 26.3],
    [-80, 26.4],
  ];
  assert.deepEqual(readCriteria({ polygon: ring }).value?.criteria, { polygon: ring });
  assert.deepEqual(readCriteria({ polygon: ring.map(([lng, lat]) => [lat, lng]) }).value?.criteria, { polygon: ring });
  const unknown = readCriteria({ mood: 'sunny', maxPrice: 'Call' }).value;
  assert.deepEqual(unknown?.criteria, {});
  assert.deepEqual(
    unknown?.warnings.map(({ criterion, code }) => `${criterion} ${code}`),
    ['mood criterion-unknown', 'maxPrice not-a-price'],
  );
  assert.deepEqual(readCriteria('{oops'), { warning: 'not-a-query' });
});

test('no value makes a reader throw, and no price, phone or date comes out of range', () => {
  const readers = [
    readAddress,
    readAreas,
    readBathrooms,
    readBedrooms,
    readBudget,
    readCoordinates,
    readCriteria,
    readDate,
    readEmails,
    readLanguages,
    readLeadSource,
    readLeadStage,
    readLine,
    readLivingArea,
    readLotSize,
    readMlsNumber,
    readNotes,
    readPersonName,
    readPhone,
    readPhotos,
    readPostalCode,
    readPrice,
    readPropertyType,
    readReference,
    readStandardStatus,
    readText,
    readTimeframe,
    readTimestamp,
    readVacation,
    readWords,
    readWorkingHours,
    readYearBuilt,
    readYesNo,
  ];
  fc.assert(
    fc.property(fc.anything({ withDate: true, withBigInt: true, withNullPrototype: true }), (found) => {
      for (const read of readers) read(found);
      const price = readPrice(found).value;
      assert.ok(price === undefined || (price > 0 && price <= 10_000_000_000));
      const time = readTimestamp(found).value;
      assert.ok(time === undefined || time === new Date(time).toISOString());
    }),
    { numRuns: 300 },
  );
});

test('a price is read the same however it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 99_999_999 }), (price) => {
      const forms = [price, String(price), `$${price.toLocaleString('en-US')}`, `${price / 1000}k`, `${price / 1e6}M`];
      for (const form of forms) assert.equal(readPrice(form).value, price, String(form));
    }),
  );
});

test('text that was read in the wrong code page once or twice comes back; text that was not stays', () => {
  const misread = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  fc.assert(
    fc.property(
      fc.constantFrom('Café', 'señor', 'Über', 'naïve façade', 'Łódź', 'crème brûlée', 'no accents'),
      (text) => {
        assert.equal(repairMojibake(text), text);
        assert.equal(repairMojibake(misread(text)), text);
        assert.equal(repairMojibake(misread(misread(text))), text);
      },
    ),
  );
});

test('numbers of two boards are not one home, a number without its board is', () => {
  assert.deepEqual(mlsIdentities('RX-10812345'), ['mls:RX10812345', '~mls:10812345']);
  assert.deepEqual(mlsIdentities('10812345'), ['~mls:10812345']);
  assert.deepEqual(mlsIdentities('F10812345'), ['mls:F10812345', '~mls:10812345']);
});

function mapReading<From, To>({ value, warning }: Reading<From>, map: (value: From) => To): Reading<To> {
  return { ...(value !== undefined && { value: map(value) }), ...(warning !== undefined && { warning }) };
}
