import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Long, ObjectId } from 'bson';
import { valuesOf } from '../../../domain/record-fields.ts';
import { readReference } from '../../../importers/legacy/fields/ids/reference.ts';
import { readFeeFrequency } from '../../../importers/legacy/fields/numbers/association-fee.ts';
import { type Budget, budgetOf, readBudget, warnedEnd } from '../../../importers/legacy/fields/numbers/budget.ts';
import { readEmails } from '../../../importers/legacy/fields/people/email.ts';
import { readLanguages } from '../../../importers/legacy/fields/people/languages.ts';
import { readLeadSource, readLeadStage, readTimeframe } from '../../../importers/legacy/fields/people/lead-words.ts';
import { readPersonName } from '../../../importers/legacy/fields/people/person-name.ts';
import { readPhone } from '../../../importers/legacy/fields/people/phone.ts';
import { knownRoles, readRoles } from '../../../importers/legacy/fields/people/roles.ts';
import { readAreas } from '../../../importers/legacy/fields/places/areas.ts';
import { readDate, readTimestamp } from '../../../importers/legacy/fields/times/date.ts';
import { readVacation } from '../../../importers/legacy/fields/times/vacation.ts';
import { readWorkingHours } from '../../../importers/legacy/fields/times/working-hours.ts';
import { readWords } from '../../../importers/legacy/fields/words/list.ts';
import { readNotes } from '../../../importers/legacy/fields/words/notes.ts';
import { readPropertyClass, readPropertyType } from '../../../importers/legacy/fields/words/property-type.ts';
import { readStandardStatus } from '../../../importers/legacy/fields/words/status.ts';
import { readYesNo } from '../../../importers/legacy/fields/words/yes-no.ts';
import { firstReadable } from '../../../importers/legacy/reading.ts';

import { all, type Case, mapReading, table } from './support/field-table.ts';

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
  ['03/04/2021', '2021-03-04T00:00:00.000Z', 'month-first'],
  ['03/14/2021', '2021-03-14T00:00:00.000Z'],
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
  ['JD Lopez', { first: 'JD', last: 'Lopez' }],
  ['JD LOPEZ', { first: 'JD', last: 'Lopez' }],
  ['AJ LOPEZ', { first: 'AJ', last: 'Lopez' }],
  ['LOPEZ, AC', { first: 'AC', last: 'Lopez' }],
  ['JO LOPEZ', { first: 'Jo', last: 'Lopez' }],
  ['TY LOPEZ', { first: 'Ty', last: 'Lopez' }],
  ['LOPEZ, JD', { first: 'JD', last: 'Lopez' }],
  ['JD', { first: 'JD' }],
  ['AJ Lopez', { first: 'AJ', last: 'Lopez' }],
  ['ED LOPEZ', { first: 'Ed', last: 'Lopez' }],
  ['ANA Lopez', { first: 'Ana', last: 'Lopez' }],
  ['WENDY NG', { first: 'Wendy', last: 'Ng' }],
  ['ANA LOPEZ III', { first: 'Ana', last: 'Lopez III' }],
  ['Vincent van Gogh', { first: 'Vincent', last: 'van Gogh' }],
  ['Ana', { first: 'Ana' }],
  ['ana@example.com', undefined, 'name-is-an-email'],
  [{ vor: 'Ana', nach: 'López' }, undefined, 'not-a-name'],
  [{ vor: '', nach: null }, undefined],
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

table('roles', readRoles, [
  ...knownRoles.map((role): Case<string[]> => [role, [role]]),
  [
    ['Agent', 'Admin'],
    ['agent', 'admin'],
  ],
  ['Sales Associate', ['agent']],
  ['Broker/Owner', ['broker', 'owner']],
  ['Chief Vibes Officer', ['chief vibes officer'], 'role-unknown'],
  [
    ['Agent', 'Chief Vibes Officer'],
    ['agent', 'chief vibes officer'],
  ],
  ['', undefined],
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

test('the words with which openhouse writes a field are read as what they say', () => {
  const same = (read: (found: unknown) => { value?: unknown }, values: readonly string[]) =>
    assert.deepEqual(
      values.map((value) => read(value).value),
      values,
    );
  same(readTimeframe, valuesOf('lead', 'timeframe'));
  same((found) => ({ value: readLeadStage(found).value?.leadStage }), valuesOf('lead', 'leadStage'));
  same(readStandardStatus, valuesOf('listing', 'standardStatus'));
  same(readFeeFrequency, valuesOf('listing', 'associationFeeFrequency'));
  same((found) => ({ value: readPropertyClass(found).value?.propertyType }), valuesOf('listing', 'propertyType'));
  same((found) => ({ value: readPropertyType(found).value?.propertySubType }), valuesOf('listing', 'propertySubType'));
});

test('a warning about a budget belongs to the end that is given: a budget without a lower end is a maximum', () => {
  const ends = (whole: unknown, ...apart: unknown[]) => {
    const [min, max] = apart;
    return warnedEnd(firstReadable<Budget>(readBudget(whole), budgetOf(min, max)), whole, [min, max]);
  };
  const maximum = [
    { max: 'lots' },
    { max: 500_000, note: 'x' },
    { maxPrice: 12 },
    'up to lots',
    'up to 20',
    'plenty',
    450,
    [null, 'x'],
    '~500k',
  ];
  for (const whole of maximum)
    assert.deepEqual(ends(whole), { field: 'listPriceMax', found: whole }, JSON.stringify(whole));
  for (const whole of [
    { min: 'some' },
    { min: 1, max: 'x' },
    'from 20',
    '20+',
    '20-30',
    { min: 450_000, max: 300_000 },
  ])
    assert.deepEqual(ends(whole), { field: 'listPriceMin', found: whole }, JSON.stringify(whole));
  assert.deepEqual(ends(undefined, '', 'lots'), { field: 'listPriceMax', found: 'lots' });
  assert.deepEqual(ends(null, 'some', null), { field: 'listPriceMin', found: 'some' });
  assert.deepEqual(ends(undefined, 'some', 'lots'), { field: 'listPriceMin', found: ['some', 'lots'] });
});

test('areas, words, languages: lists and comma-separated text', () => {
  const areas = { cities: ['Boca Raton'], postalCodes: ['33432'] };
  assert.deepEqual(readAreas(['Boca Raton', '33432']).value, areas);
  assert.deepEqual(readAreas('boca raton, 33432, FL').value, areas);
  assert.deepEqual(readWords(['Pool', 'Waterfront', 'pool']).value, ['Pool', 'Waterfront']);
  assert.deepEqual(readWords('pool, waterfront').value, ['pool', 'waterfront']);
  for (const found of ['es', 'Spanish', 'Español', ['es']]) assert.deepEqual(readLanguages(found).value, ['Spanish']);
  for (const found of [
    'English, es',
    'en/es',
    'en / es',
    'English & Spanish',
    'English und Spanish',
    'en y es',
    ['en/es'],
  ])
    assert.deepEqual(readLanguages(found), { value: ['English', 'Spanish'] }, String(found));
  assert.deepEqual(readLanguages('klingonian'), { warning: 'language-unknown' });
});

test('notes: a list or a single text', () => {
  const by = new ObjectId();
  const note = { text: 'Called', at };
  assert.deepEqual(readNotes([{ text: 'Called', by, at: new Date(at) }]).value, [
    { note, by: `id:${by.toHexString()}` },
  ]);
  assert.deepEqual(readNotes('Called').value, [{ note: { text: 'Called' } }]);
  assert.deepEqual(readNotes([{ text: 'Called', at: 'once' }, 'Wrote']), {
    value: [{ note: { text: 'Called' } }, { note: { text: 'Wrote' } }],
    warning: 'note-without-date',
  });
});

test('yes and no: anything but a plain no is an opt-out', () => {
  for (const yes of [true, 'Y', 1, 'true', 'yes', 'J', 'ja', 'Sí']) assert.equal(readYesNo(yes).value, true);
  for (const no of [false, 'N', 0, 'false', 'no', 'nein']) assert.equal(readYesNo(no).value, false);
});

test('references: an ObjectId, its digits, an address, an ID typed by hand', () => {
  const id = new ObjectId();
  for (const found of [id, { _id: id }, [id]]) {
    assert.deepEqual(readReference(found), { value: `id:${id.toHexString()}` });
  }
  for (const found of [id.toHexString(), id.toHexString().toUpperCase()]) {
    assert.deepEqual(readReference(found), { value: `ref:${id.toHexString()}` });
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
