import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BSONSymbol, Decimal128, Timestamp } from 'bson';
import zipcodes from 'zipcodes';
import { readLivingArea, readLotSize } from '../../../importers/legacy/fields/numbers/area.ts';
import { readPrice } from '../../../importers/legacy/fields/numbers/price.ts';
import { readBathrooms, readBedrooms } from '../../../importers/legacy/fields/numbers/rooms.ts';
import { readYearBuilt } from '../../../importers/legacy/fields/numbers/year.ts';
import { readEmails } from '../../../importers/legacy/fields/people/email.ts';
import { readPhone } from '../../../importers/legacy/fields/people/phone.ts';
import { readAddress } from '../../../importers/legacy/fields/places/address.ts';
import { readAreas } from '../../../importers/legacy/fields/places/areas.ts';
import { readCoordinates } from '../../../importers/legacy/fields/places/coordinates.ts';
import { readPostalCode } from '../../../importers/legacy/fields/places/postal-code.ts';
import { readStates } from '../../../importers/legacy/fields/places/state.ts';
import { zipArea } from '../../../importers/legacy/fields/places/zip-areas.ts';
import { readDate, readTimestamp } from '../../../importers/legacy/fields/times/date.ts';
import { readVacation } from '../../../importers/legacy/fields/times/vacation.ts';
import { readWorkingHours } from '../../../importers/legacy/fields/times/working-hours.ts';
import { readYesNo } from '../../../importers/legacy/fields/words/yes-no.ts';
import fc from '../../support/fast-check.ts';
import { type Case, table } from './support/field-table.ts';

const same = <Value>(value: Value, founds: readonly unknown[], warning?: string): Case<Value>[] =>
  founds.map((found) => (warning === undefined ? [found, value] : [found, value, warning]));
const unread = (warning: string, founds: readonly unknown[]): Case<never>[] =>
  founds.map((found) => [found, undefined, warning]);

table('prices in every unambiguous notation', readPrice, [
  ...same(898_000, [
    'USD 898,000',
    '898,000 USD',
    'US$898,000',
    '$ 898,000.00',
    '898K',
    '$898,000 OBO',
    'asking 898k',
    898_000,
  ]),
  ...same(650_000, [
    { $numberLong: '650000' },
    { amount: 650_000, currency: 'USD' },
    { value: '650k' },
    '６５０，０００',
  ]),
  ...same(450_000, [
    Decimal128.fromString('4.5E+5'),
    '4.5E+5',
    '450 000',
    "450'000",
    '450,000.-',
    new BSONSymbol('450k'),
  ]),
  ...same(1_250_000, ["1'250'000", '1’250’000', '1 250 000', '1.25M', '1.250M', '1.25 million dollars']),
]);

table('prices that are read by a rule, which the warning names', readPrice, [
  ...same(450_000, ['450.000', '$450.000'], 'thousands-separator-dot'),
  ...same(1_250_000, ['1.250.000', '1.250.000,00'], 'thousands-separator-dot'),
  ...same(1_200_000, ['1,2M'], 'decimal-comma'),
  ...same(450_000, ['450000,00'], 'decimal-comma'),
  ...same(450_000, ['~450k', 'approx. $450,000'], 'about'),
  ...same(450_000, ['450k+', 'from $450,000', '$450K-475K', '450k to 475k'], 'price-range'),
]);

table('values that are not the price of a home in dollars', readPrice, [
  ...unread('currency-eur', ['€450,000', '450.000 €', 'EUR 450000', { amount: 650_000, currency: 'EUR' }]),
  ...unread('currency-cad', ['C$450,000', '$450,000 CAD', 'CA $450,000']),
  ...unread('currency-mxn', ['MXN 3,000,000']),
  ...unread('currency-dop', ['RD$ 4,000,000']),
  ...unread('currency-unknown', ['XX$ 400000', { amount: 5, currency: 'shells' }]),
  ...unread('price-too-low', [450, '450', 1]),
  ...unread('price-too-high', [9_000_000_000]),
  ...unread('not-a-price', [
    'under 500k',
    '450,000/mo',
    '12,34,567',
    '1.2.3',
    '$450k/$475k',
    { amount: 5, per: 'month' },
    true,
  ]),
  ...unread('too-long', [`450000${' '.repeat(300)}.`]),
]);

table('areas with their units', readLivingArea, [
  ...same(1291.67, [
    '120 m²',
    '120m2',
    '120 m2',
    '120 sqm',
    '120 sq. m.',
    '120 square meters',
    { value: 120, unit: 'm2' },
  ]),
  ...same(1850, ['1,850', '1850 sq. ft.', '1850SF', '1850 ft²', '1 850', '1850 sqft / 172 m2']),
  ...same(1800, ['1.800', '1.800 sqft'], 'thousands-separator-dot'),
  ...unread('area-too-low', [1.8, '5']),
  ...unread('unit-unknown', ['1850 bananas']),
]);

test('lots by their units, fractions and sides', () => {
  for (const found of ['1/4 acre', '¼ acre', '.25 ac', '0.25 acres (10,890 sqft)', '10,890 sq ft']) {
    assert.deepEqual(readLotSize(found), { value: 10_890 }, found);
  }
  assert.deepEqual(readLotSize('10.890', 'sqft'), { value: 10_890, warning: 'thousands-separator-dot' });
  assert.deepEqual(readLotSize('1.250 acres'), { value: 54_450 });
  assert.deepEqual(readLotSize('80 x 120 ft'), { value: 9_600, warning: 'area-of-sides' });
  assert.deepEqual(readLotSize('2 hectares'), { value: 215_278 });
  assert.deepEqual(readLotSize(300), { warning: 'unit-missing' });
  assert.deepEqual(readLotSize('0.25 acres (20,000 sqft)'), { warning: 'areas-differ' });
});

table('days', readDate, [
  ...same('2024-03-31', [
    '20240331',
    20_240_331,
    '2024-3-31',
    '2024/03/31',
    '03/31/2024',
    new Date('2024-03-31'),
    { $date: '2024-03-31' },
  ]),
  ...same('2024-03-31', [45_382, '45382', '45382.0'], 'excel-serial-date'),
  ...same('2018-09-17', ['17/09/2018', '17.09.2018', '17-09-2018'], 'day-first'),
  ...same('2018-09-17', [
    '09/17/2018',
    'Sep 17, 2018',
    'Sept. 17th, 2018',
    '17 September 2018',
    '17-Sep-2018',
    '17 de septiembre de 2018',
  ]),
  ...same('2018-09-17', [
    'Mon Sep 17 2018 22:00:00 GMT-0400 (EDT)',
    '2018-09-17T22:00:00-04:00',
    'Monday, September 17, 2018',
  ]),
  ...same('2018-09-17', [1_537_142_400, '1537142400000', 'ISODate("2018-09-17T00:00:00Z")', '/Date(1537142400000)/']),
  ...same('2018-09-17', [new Timestamp({ t: 1_537_142_400, i: 1 }), { seconds: 1_537_142_400, nanoseconds: 0 }]),
  ...same('2018-03-04', ['03/04/2018', '3-4-2018'], 'month-first'),
  ...same('2018-03-03', ['03/03/2018']),
  ...same('2018-09-17', ['09/17/18', '17-Sep-18'], 'two-digit-year'),
  ...unread('date-incomplete', [2024, '2024', '2018-09', '09/2018', 'Sep 2018']),
  ...unread('date-ambiguous', ['03.04.2018', '17/09/18', '03/04/18']),
  ...unread('not-a-date', [86_400, -1, '30/02/2018', '31/31/2018', 'yesterday', '13:00', 12_345_678, true]),
]);

table('moments', readTimestamp, [
  ...same('2018-09-17T14:00:00.000Z', [
    'Mon Sep 17 2018 10:00:00 GMT-0400 (EDT)',
    'Mon Sep 17 2018 10:00:00 GMT-0400 (Eastern Daylight Time)',
    'Mon Sep 17 10:00:00 EDT 2018',
    'Mon, 17 Sep 2018 14:00:00 GMT',
    '2018-09-17 10:00:00 -0400',
    '20180917T140000Z',
    '9/17/2018, 2:00:00 PM',
    'Sep 17 2018 02:00PM',
  ]),
]);

test('every day is read the same in every form', () => {
  const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(day, (date) => {
      const wanted = date.toISOString().slice(0, 10);
      const [year, month, number] = wanted.split('-') as [string, string, string];
      const midnight = Date.parse(wanted);
      const forms = [
        wanted,
        wanted.replaceAll('-', ''),
        Number(wanted.replaceAll('-', '')),
        `${month}/${number}/${year}`,
        new Date(midnight).toUTCString(),
        new Date(midnight).toLocaleDateString('en-US', { dateStyle: 'long', timeZone: 'UTC' }),
        midnight,
        midnight / 86_400_000 + 25_569,
      ];
      for (const form of forms) assert.equal(readDate(form).value, wanted, String(form));
    }),
  );
});

test('several phone numbers in a field are split', () => {
  const value = { number: '+15615550136', others: ['+15615550199'] };
  const separators = [' / ', '/', ', ', '; ', ' or ', ' and ', ' & ', '\n', ' - ', '  '];
  for (const found of [
    ...separators.map((between) => `561-555-0136${between}561-555-0199`),
    ['561-555-0136', '(561) 555-0199'],
  ]) {
    assert.deepEqual(readPhone(found), { value, warning: 'first-of-several' }, JSON.stringify(found));
  }
  for (const found of [
    '5615550141.0',
    'cell: 561-555-0141',
    '561-555-0141 (c)',
    '5.615550141E+09',
    '１（561）555-0141',
    '\u200b561.555.0141',
    { number: 5_615_550_141 },
  ]) {
    assert.deepEqual(readPhone(found), { value: { number: '+15615550141' } }, JSON.stringify(found));
  }
  assert.deepEqual(readPhone('561-555-0136 / 0137'), {
    value: { number: '+15615550136' },
    warning: 'not-a-phone-number',
  });
  assert.deepEqual(readPhone('561-555-0134, ext 12').value, { number: '+15615550134', ext: '12' });
  assert.deepEqual(readPhone('5.61555E+09'), { warning: 'not-a-phone-number' });
});

table('e-mail addresses among other text', readEmails, [
  ...same(
    ['a@x.com', 'b@x.com'],
    ['a@x.com / b@x.com', 'a@x.com/b@x.com', 'a@x.com or b@x.com', 'work: a@x.com, home: b@x.com'],
  ),
  ...same(['a@x.com'], ['a@x.com (work)', [{ address: 'a@x.com', verified: true }], '\u200ba@x.com']),
]);

table('ZIP codes', readPostalCode, [
  ...same('33432', ['33432.0', 33_432, '33432\u00a0', '3.3432E4', '３３４３２']),
  ...same('33432-1234', ['334321234', '33432-1234', '33432 1234', 334_321_234]),
  ...unread('not-a-postal-code', ['33432.5', '1234567', '00000']),
]);

test('coordinates with an altitude, as text, without a sign', () => {
  const value = { latitude: 26.35, longitude: -80.08 };
  const forms = [
    [-80.08, 26.35, 3.2],
    { type: 'Point', coordinates: [-80.08, 26.35, 0] },
    { type: 'Feature', geometry: { type: 'Point', coordinates: [-80.08, 26.35, 5] } },
    { lat: '26.35', lng: '-80.08', alt: 3 },
    { latitude: Decimal128.fromString('26.35'), longitude: { $numberDouble: '-80.08' } },
    '26.35, -80.08',
    'POINT(-80.08 26.35)',
  ];
  for (const found of forms) assert.deepEqual(readCoordinates(found, '33432'), { value }, JSON.stringify(found));
  assert.deepEqual(readCoordinates([26.35, -80.08, 2], '33432'), { value, warning: 'coordinates-swapped' });
  assert.deepEqual(readCoordinates([80.08, 26.35], '33432'), { value, warning: 'longitude-sign' });
  assert.deepEqual(readCoordinates([80.08, 26.35]), { warning: 'coordinates-abroad' });
  assert.deepEqual(readCoordinates([0, 0, 0]), { warning: 'coordinates-zero' });
});

test('addresses with and without commas', () => {
  const parts = (found: unknown) => {
    const { streetNumber, streetName, unitNumber, city, stateOrProvince, postalCode } = readAddress(found).value ?? {};
    return [streetNumber, streetName, unitNumber, city, stateOrProvince, postalCode];
  };
  const flat = ['123', 'Main St', '4', 'Boca Raton', 'FL', '33432'];
  for (const found of [
    '123 Main St, Unit 4, Boca Raton FL 33432',
    '123 Main St, Unit 4, Boca Raton, FL 33432',
    '123 Main St Unit 4, Boca Raton, FL, 33432',
    '123 Main St Apt 4 Boca Raton FL 33432',
    '123 Main St #4 Boca Raton Florida 33432 USA',
    '123 Main St, # 4\nBoca Raton, FL 33432',
    '123 Main St, Unit 4, Boca Raton, FL 33432.0',
  ]) {
    assert.deepEqual(parts(found), flat, found);
  }
  const house = ['126', 'Main St', undefined, 'Boca Raton', 'FL', '33432'];
  assert.deepEqual(parts('126 Main St Boca Raton FL 33432'), house);
  assert.deepEqual(parts('126 Main St Boca Raton, FL 33432'), house);
  assert.deepEqual(parts('126 Main St Boca Raton FL'), house.with(5, undefined));
  assert.deepEqual(parts('12 Main St Port St. Lucie FL 34952'), [
    '12',
    'Main St',
    undefined,
    'Port St. Lucie',
    'FL',
    '34952',
  ]);
  assert.deepEqual(parts('123 Main St West Palm Beach FL'), [
    '123',
    'Main St',
    undefined,
    'West Palm Beach',
    'FL',
    undefined,
  ]);
  assert.deepEqual(parts('12 Oak Ct'), ['12', 'Oak Ct', undefined, undefined, undefined, undefined]);
  assert.deepEqual(parts('123 Main St, Unit 4'), ['123', 'Main St', '4', undefined, undefined, undefined]);
  assert.deepEqual(readAddress('Boca Raton, FL 33432').value, {
    city: 'Boca Raton',
    stateOrProvince: 'FL',
    postalCode: '33432',
  });
});

test('every ZIP code is where the package says it is', () => {
  let inUse = 0;
  for (let code = 0; code < 100_000; code++) {
    const zip = String(code).padStart(5, '0');
    const known = zipcodes.lookup(zip);
    if (known !== undefined) inUse++;
    const { latitude, longitude, city, state } = known ?? {};
    const area = { latitude: Math.fround(latitude!), longitude: Math.fround(longitude!), city, state };
    assert.deepEqual(zipArea(zip), known === undefined ? undefined : area);
  }
  assert.ok(inUse > 40_000);
});

test('areas with their states', () => {
  for (const found of [
    'Boca Raton FL 33432',
    'Boca Raton, FL 33432',
    'Boca Raton / 33432',
    ['Boca Raton', 33_432],
    'Boca Raton, 33432.0',
  ]) {
    assert.deepEqual(readAreas(found).value, { cities: ['Boca Raton'], postalCodes: ['33432'] }, JSON.stringify(found));
  }
});

table('bedrooms in words', readBedrooms, [
  ...same(3, ['3.0', 'three', '3 BR', '3 beds', '3 Schlafzimmer', '3 recámaras', '3 dormitorios']),
  ...unread('not-a-number-of-bedrooms', ['3 Zimmer', '3 cuartos']),
  ...same(0, ['studio', 'Studio apt', 0]),
  ...same(3, ['3+', '3-4'], 'room-range'),
  ...same(3, ['3 + den'], 'extra-room'),
]);

table('bathrooms in words', readBathrooms, [
  ...same({ full: 2, half: 0 }, ['2 Bäder', '2 Badezimmer', '2 baños']),
  ...same({ full: 2, half: 1 }, [
    '2½',
    '2 1/2',
    '2 full, 1 half',
    '2.5 baths',
    { total: 2.5 },
    Decimal128.fromString('2.5'),
  ]),
  ...same({ full: 2, half: 1 }, ['2,5'], 'decimal-comma'),
  ...unread('not-a-number-of-bathrooms', [{ full: 'two' }, {}]),
]);

table('years in words', readYearBuilt, [
  ...same(1998, ['1998.0', 'built 1998']),
  ...same(1998, [new Date('1998-05-05'), '1998-05-05'], 'year-of-date'),
]);

test('working hours and vacations in words', () => {
  const fiveDays = ['mon', 'tue', 'wed', 'thu', 'fri'];
  assert.deepEqual(Object.keys(readWorkingHours('Mon-Fri 9am-5pm').value ?? {}), fiveDays);
  assert.deepEqual(readWorkingHours('9-5').value?.mon, ['09:00', '17:00']);
  assert.equal(readWorkingHours('9-5').warning, 'afternoon-assumed');
  assert.deepEqual(readWorkingHours({ mon: { from: '09:00', to: '17:00' } }).value, { mon: ['09:00', '17:00'] });
  const away = { from: '2026-03-01', to: '2026-03-09' };
  assert.deepEqual(readVacation('2026-03-01 to 2026-03-09').value, away);
  assert.deepEqual(readVacation({ start: '2026-03-01', end: 'x' }), { warning: 'not-a-vacation' });
});

test('a decimal zero means no', () => {
  assert.equal(readYesNo(Decimal128.fromString('0E+2')).value, false);
});

table('the states in which an agent is licensed', readStates, [
  [
    ['FL', 'Georgia'],
    ['FL', 'GA'],
  ],
  ['fl, GA', ['FL', 'GA']],
  ['Florida', ['FL']],
  [['FL', 'fla.'], ['FL']],
  [[], undefined],
  ['FL, everywhere', ['FL'], 'not-a-state'],
  ['everywhere', undefined, 'not-a-state'],
]);
