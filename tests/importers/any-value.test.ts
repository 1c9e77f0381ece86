import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCriteria } from '../../importers/legacy/criteria/read-criteria.ts';
import { readAddress } from '../../importers/legacy/fields/address.ts';
import { readLivingArea, readLotSize } from '../../importers/legacy/fields/area.ts';
import { readAreas } from '../../importers/legacy/fields/areas.ts';
import { readBudget } from '../../importers/legacy/fields/budget.ts';
import { readCoordinates } from '../../importers/legacy/fields/coordinates.ts';
import { readDate, readTimestamp } from '../../importers/legacy/fields/date.ts';
import { readEmails } from '../../importers/legacy/fields/email.ts';
import { readLanguages } from '../../importers/legacy/fields/languages.ts';
import { readLeadSource, readLeadStage, readTimeframe } from '../../importers/legacy/fields/lead-words.ts';
import { readWords } from '../../importers/legacy/fields/list.ts';
import { readMlsNumber } from '../../importers/legacy/fields/mls-number.ts';
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
import { readLine, readText } from '../../importers/legacy/fields/text.ts';
import { readVacation } from '../../importers/legacy/fields/vacation.ts';
import { readWorkingHours } from '../../importers/legacy/fields/working-hours.ts';
import { readYearBuilt } from '../../importers/legacy/fields/year.ts';
import { readYesNo } from '../../importers/legacy/fields/yes-no.ts';

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

test('a word that every object knows is no spelling of anything', () => {
  for (const word of ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty']) {
    for (const read of [readStandardStatus, readPropertyType, readLanguages, readLeadStage]) {
      assert.equal(read(word).value, undefined, word);
    }
    const read = readCriteria({ [word]: 'x', city: 'Boca Raton' });
    assert.deepEqual(read?.criteria, { cities: ['Boca Raton'] });
    assert.deepEqual(
      read?.problems.map(({ code }) => code),
      ['criterion-unknown'],
    );
  }
});
