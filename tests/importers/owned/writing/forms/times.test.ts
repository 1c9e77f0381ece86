import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as BSON from 'bson';
import { timeLike } from '../../../../../importers/owned/writing/forms/dates.ts';
import { property, user } from '../../../support/documents.ts';
import { shown } from '../written.ts';
import { expectWritten } from './expect-written.ts';

const { Binary, BSONSymbol, Long, Timestamp } = BSON;

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
