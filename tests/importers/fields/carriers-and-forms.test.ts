import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readPrice } from '../../../importers/legacy/fields/numbers/price.ts';
import { readBathrooms, readBedrooms } from '../../../importers/legacy/fields/numbers/rooms.ts';
import { readPhone } from '../../../importers/legacy/fields/people/phone.ts';
import { readAddress } from '../../../importers/legacy/fields/places/address.ts';
import { readCoordinates } from '../../../importers/legacy/fields/places/coordinates.ts';
import { readPostalCode } from '../../../importers/legacy/fields/places/postal-code.ts';
import { readDate, readTimestamp } from '../../../importers/legacy/fields/times/date.ts';

const oneLine = (found: unknown) => readAddress(found).value?.unparsedAddress;

suite('values in unusual forms', () => {
  test('an address is the same with its unit first, with other separators, in a list or in parts', () => {
    const whole = '123 Main St #4, Boca Raton, FL 33432';
    for (const found of [
      'Unit 4, 123 Main St, Boca Raton, FL 33432',
      '123 Main St; #4; Boca Raton; FL; 33432',
      '123 Main St | Apt 4 | Boca Raton | FL 33432',
      '123 Main St, Unit 4, Boca Raton, FL33432',
      '123 Main St, Unit 4, Boca Raton (Palm Beach County), FL 33432',
      '123 Main St, Unit 4, Boca Raton, Palm Beach County, FL 33432',
      ['123 Main St', 'Unit 4', 'Boca Raton, FL 33432'],
      { number: 123, street: 'Main St', unit: '4', city: 'Boca Raton', state: 'FL', zip: 'FL 33432' },
      {
        streetNumber: '123',
        streetName: 'Main',
        streetSuffix: 'St',
        unit: 'Apt 4',
        city: 'Boca Raton, FL 33432',
      },
    ]) {
      assert.equal(oneLine(found), whole, JSON.stringify(found));
    }
  });

  test('a placeholder or a link is not an address', () => {
    for (const found of ['TBD', 'N/A', '-', 'None', 'to be announced', 'https://maps.example/?q=123+Main+St']) {
      assert.deepEqual(readAddress(found), { warning: 'not-an-address' }, found);
    }
  });

  test('a date whose digits run together is read only if they can mean nothing else', () => {
    assert.equal(readTimestamp('20180917103000').value, '2018-09-17T10:30:00.000Z');
    assert.equal(readDate('2018–09–17').value, '2018-09-17');
    assert.deepEqual(readDate('2018091710'), { warning: 'date-ambiguous' });
    assert.deepEqual(readDate(2018091710), { warning: 'date-ambiguous' });
    assert.equal(readDate(1537142400).value, '2018-09-17');
    assert.deepEqual(readDate('1900-01-01'), { warning: 'date-out-of-range' });
  });

  test('more rooms than a home has are not read, and no kind of bathroom is left out', () => {
    assert.deepEqual(readBedrooms(99), { warning: 'not-a-number-of-bedrooms' });
    assert.equal(readBedrooms(12).value, 12);
    assert.deepEqual(readBathrooms({ full: 2, half: 1, threeQuarter: 1 }), { warning: 'not-a-number-of-bathrooms' });
    assert.deepEqual(readBathrooms({ full: 2, half: 1, threeQuarter: 0 }).value, { full: 2, half: 1 });
  });

  test('a phone number with 00 for the plus sign, and numbers by their kind', () => {
    assert.deepEqual(readPhone('0015615550134').value, { number: '+15615550134' });
    assert.deepEqual(readPhone({ home: '561-555-0134', cell: '561-555-0199' }).value, {
      number: '+15615550199',
      others: ['+15615550134'],
    });
  });

  test('a currency next to the letter A, a ZIP code after its state, a Firestore point', () => {
    assert.deepEqual(readPrice('A$900,000'), { warning: 'currency-aud' });
    assert.equal(readPostalCode('FL 33432').value, '33432');
    assert.deepEqual(readCoordinates({ _latitude: 26.35, _longitude: -80.08 }, '33432').value, {
      latitude: 26.35,
      longitude: -80.08,
    });
  });
});
