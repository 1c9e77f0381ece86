import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal128, Long } from 'bson';
import { mlsIdentities, readMlsNumber } from '../../../importers/legacy/fields/ids/mls-number.ts';
import { readLivingArea, readLotSize } from '../../../importers/legacy/fields/numbers/area.ts';
import { readAssociationFee, readFeeFrequency } from '../../../importers/legacy/fields/numbers/association-fee.ts';
import { readPrice } from '../../../importers/legacy/fields/numbers/price.ts';
import { readBathrooms, readBedrooms } from '../../../importers/legacy/fields/numbers/rooms.ts';
import { readYearBuilt } from '../../../importers/legacy/fields/numbers/year.ts';
import { readAddress } from '../../../importers/legacy/fields/places/address.ts';
import { readCoordinates } from '../../../importers/legacy/fields/places/coordinates.ts';
import { readPostalCode } from '../../../importers/legacy/fields/places/postal-code.ts';
import { readPhotos } from '../../../importers/legacy/fields/words/photos.ts';
import { readPropertyType } from '../../../importers/legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../../../importers/legacy/fields/words/status.ts';
import { readLine, readText } from '../../../importers/legacy/fields/words/text.ts';
import { repairMojibake } from '../../../importers/legacy/mojibake.ts';
import fc from '../../support/fast-check.ts';
import { all, mapReading, table } from './support/field-table.ts';

table('MLS numbers', readMlsNumber, [
  ...all(['RX-10812345', ' rx-10812345 '], 'RX-10812345'),
  [10812345, '10812345'],
  ['RX\u200b-10812345', 'RX-10812345'],
  ...all(['MLS# RX-10812345', 'MLS: rx-10812345', 'mls no.: RX-10812345', 'MLS ID #RX-10812345'], 'RX-10812345'),
  ['MLS-10812345', 'MLS-10812345'],
  ['RX10812345', 'RX10812345'],
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

table('association fees', readAssociationFee, [
  ...[350, '350', '$350', '$350/mo', '350 monthly', '350 per month', 'HOA fee: $350 a month', 'Monthly: $350'].map(
    (found) => [found, 350] as const,
  ),
  ...[0, '0', '$0', 'none', 'no HOA', 'HOA: none', false, 'none monthly'].map((found) => [found, 0] as const),
  [{ amount: 350, frequency: 'Monthly' }, 350],
  ['1.250', 1250, 'thousands-separator-dot'],
  ['approx. $350/mo', 350, 'about'],
  ['$412.50/mo', 412.5],
  ['900 every 3 months', 900],
  ['300-350', undefined, 'not-a-fee'],
  ['$350/mo plus $40 cable', undefined, 'not-a-fee'],
  ['yes', undefined, 'not-a-fee'],
  [true, undefined, 'not-a-fee'],
  [-1, undefined, 'fee-too-low'],
  ['$2,500,000', undefined, 'fee-too-high'],
  ['€300/mo', undefined, 'currency-eur'],
  [{ amount: 350, currency: 'CAD' }, undefined, 'currency-cad'],
]);

table('association fee frequencies', readFeeFrequency, [
  ...all(['Monthly', 'monthly', 'mo.', 'per month', 'a month', 'M', '/mo'], 'Monthly'),
  ...all(['Quarterly', 'qtr', 'every 3 months'], 'Quarterly'),
  ...all(['Annually', 'yearly', 'per annum', 'yr'], 'Annually'),
  ...all(['Semi-Annually', 'SemiAnnually', 'twice a year'], 'Semi-Annually'),
  ...all(['One Time', 'once'], 'One Time'),
  ['now and then', undefined, 'frequency-unknown'],
  [12, undefined, 'frequency-unknown'],
]);

test('the frequency of a fee is read from the amount if no field has it; if they differ, neither is read', () => {
  assert.deepEqual(readFeeFrequency(undefined, '$350/mo'), { value: 'Monthly' });
  assert.deepEqual(readFeeFrequency('monthly', 350), { value: 'Monthly' });
  assert.deepEqual(readFeeFrequency('monthly', '$350/mo'), { value: 'Monthly' });
  assert.deepEqual(readFeeFrequency('annually', '$350/mo'), { warning: 'frequencies-differ' });
  assert.deepEqual(readFeeFrequency(undefined, 350), {});
});

test('an association fee is read the same in every notation', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99_999 }),
      fc.constantFrom('', '/mo', ' monthly', ' per month'),
      (fee, often) => {
        for (const amount of [String(fee), `$${fee.toLocaleString('en-US')}`, `${fee}.00`]) {
          assert.equal(readAssociationFee(`${amount}${often}`).value, fee, amount + often);
          assert.equal(readFeeFrequency(undefined, `${amount}${often}`).value, often === '' ? undefined : 'Monthly');
        }
      },
    ),
  );
});

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

test('addresses: one line, parts, or two lines with city, state and ZIP', () => {
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
    'a town is not an address',
  );
  assert.deepEqual(readAddress(17), { warning: 'not-an-address' });
});

test('the parts of an address may have German or Spanish names; a street under an unknown name is reported', () => {
  const wanted = {
    unparsedAddress: '123 Main St #4B, Boca Raton, FL 33432',
    streetNumber: '123',
    streetName: 'Main St',
    unitNumber: '4B',
    city: 'Boca Raton',
    stateOrProvince: 'FL',
    postalCode: '33432',
  };
  for (const found of [
    { calle: '123 Main St', unidad: 'Apt 4B', ciudad: 'Boca Raton', estado: 'Florida', cp: '33432' },
    {
      Calle: 'Main St',
      Número: 123,
      numero_interior: '4B',
      ciudad: 'Boca Raton',
      estado: 'FL',
      'código postal': 33432,
    },
    { Straße: 'Main St', Hausnummer: '123', Whg: '4B', Ort: 'Boca Raton', Bundesland: 'FL', PLZ: '33432' },
    {
      street_name: 'Main',
      street_suffix: 'St',
      street_number: 123,
      Unit: '4B',
      City: 'Boca Raton',
      State: 'FL',
      ZIP: '33432',
    },
  ])
    assert.deepEqual(readAddress(found), { value: wanted }, JSON.stringify(found));
  assert.deepEqual(readAddress({ gata: '123 Main St', city: 'Boca Raton' }), {
    value: { city: 'Boca Raton' },
    warning: 'street-not-found',
  });
  assert.deepEqual(readAddress({ city: 'Boca Raton', country: 'USA' }), { value: { city: 'Boca Raton' } });
});

table('postal codes', readPostalCode, [
  ['33432', '33432'],
  [33432, '33432'],
  ['33432-1234', '33432-1234'],
  [1234, '01234'],
  ['ABC', undefined, 'not-a-postal-code'],
]);

test('coordinates: three forms, swapped ones corrected, [0, 0] left empty', () => {
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

test('photos: addresses, captions, or only a number', () => {
  const url = 'https://photos.example.com/1.jpg';
  assert.deepEqual(readPhotos([url]).value, { photosCount: 1, media: [{ mediaURL: url }] });
  const caption = { photosCount: 1, media: [{ mediaURL: url, shortDescription: 'Front' }] };
  assert.deepEqual(readPhotos([{ url, caption: 'Front' }]).value, caption);
  assert.deepEqual(readPhotos([{ nr: 0, pfad: url }]).value, { photosCount: 1, media: [{ mediaURL: url }] });
  assert.deepEqual(readPhotos([{ small: url, large: `${url}?large` }]), {
    value: { photosCount: 1 },
    warning: 'photo-without-url',
  });
  assert.deepEqual(readPhotos(12).value, { photosCount: 12 });
  assert.deepEqual(readPhotos(['nothing']), { value: { photosCount: 1 }, warning: 'photo-without-url' });
});

test('text: HTML becomes text, text decoded with the wrong code page is repaired', () => {
  assert.equal(readText('<p>Big &amp; bright</p><p>Call <b>now</b></p>').value, 'Big & bright\n\nCall now');
  assert.equal(readText('CafÃ© by the sea â€“ 5 < 6').value, 'Café by the sea – 5 < 6');
  assert.equal(readText('CafÃ© beside a real é').value, 'Café beside a real é');
  assert.equal(readLine('a\u0000b\n c').value, 'ab c');
  assert.deepEqual(readLine('x'.repeat(400)), { value: 'x'.repeat(300), warning: 'shortened' });
});

test('a price is read the same in every notation', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 99_999_999 }), (price) => {
      const forms = [price, String(price), `$${price.toLocaleString('en-US')}`, `${price / 1000}k`, `${price / 1e6}M`];
      for (const form of forms) assert.equal(readPrice(form).value, price, String(form));
    }),
  );
});

test('text decoded with the wrong code page once or twice is repaired; other text stays unchanged', () => {
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

test('numbers of two boards are different homes, a number without a board matches either', () => {
  assert.deepEqual(mlsIdentities('RX-10812345'), ['mls:RX10812345', '~mls:10812345']);
  assert.deepEqual(mlsIdentities('10812345'), ['~mls:10812345']);
  assert.deepEqual(mlsIdentities('F10812345'), ['mls:F10812345', '~mls:10812345']);
});
