import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Int32, Long } from 'bson';
import { loadMapping } from '../../../../../importers/mappings/load-mapping.ts';
import { property } from '../../../support/documents.ts';
import { written } from '../written.ts';
import { expectWritten } from './expect-written.ts';

const reso = await loadMapping('reso');
const simplyrets = await loadMapping('simplyrets');

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

test('coordinates keep their form, and their altitude', () => {
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

test('a field with only the number of a street number follows it, even if there is a letter, too', () => {
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
