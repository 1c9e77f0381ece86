import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBefore, textsFrom } from '../../../importers/mongo/following/polling/date-forms.ts';
import fc from '../../support/fast-check.ts';
import { inZone } from '../support/dates-written.ts';

const hour = 3_600_000;
const moments = fc.date({ min: new Date('1971-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const precisions = fc.constantFrom('day' as const, 'minute' as const, 'second' as const, 'millisecond' as const);
const signed = (hours: number) => `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;

/** Whether a poll reads a document with this text, as a server compares it. */
const isRead = (text: string, from: Date, now: Date): boolean =>
  textsFrom('at', from, now).some((filter) => {
    const { $gte, $lt } = filter.at as { $gte: string; $lt: string };
    return text >= $gte && text < $lt;
  }) && !isBefore({ at: text }, 'at', from);

/** How the parts of a day are kept apart. */
const separators = fc.constantFrom('-', '/', '.', '');
const withDay = (text: string, separator: string) => text.slice(0, 10).replaceAll('-', separator) + text.slice(10);

test('text of any change since the cursor is read, with or without the zone of whoever wrote it', () => {
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: -12, max: 14 }),
      precisions,
      fc.constantFrom('T', ' '),
      fc.boolean(),
      fc.nat(100 * 24 * hour),
      separators,
      (changed, hours, precision, separator, withZone, before, between) => {
        const local = withDay(inZone(changed, hours, precision).replace('T', separator), between);
        const text = withZone && precision !== 'day' ? local + signed(hours) : local;
        const from = new Date(changed.getTime() - before);
        assert.ok(isRead(text, from, changed), text);
        assert.ok(isRead(text, from, new Date(changed.getTime() + before)), text);
      },
    ),
  );
});

test('text that gives the day as its midnight is read until that day has ended', () => {
  const midnights = fc.constantFrom(' 00:00:00', 'T00:00:00.000', 'T00:00');
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: -12, max: 14 }),
      midnights,
      fc.boolean(),
      separators,
      (changed, hours, midnight, withZone, between) => {
        const text = withDay(inZone(changed, hours, 'day'), between) + midnight + (withZone ? signed(hours) : '');
        assert.ok(isRead(text, changed, changed), text);
      },
    ),
  );
});

test('text with a zone is not read again once the cursor has passed it', () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: -12, max: 14 }), separators, (changed, hours, between) => {
      const from = new Date(changed.getTime() + 61_000);
      const text = withDay(inZone(changed, hours, 'second'), between);
      fc.pre(!text.endsWith('00:00:00'));
      assert.ok(!isRead(text + signed(hours), from, from));
    }),
  );
});

test('a document is read unless each of its dates says that it was not changed since the cursor', () => {
  const from = new Date('2024-05-02T10:00:00Z');
  const old = [
    '2024-05-01 09:00',
    '2024/04/30 10:00Z',
    new Date('2024-05-02T09:59:58Z'),
    from.getTime() - 60_000,
    null,
  ];
  const may = [
    '2024-05-02',
    '20240502T100000Z',
    from,
    from.getTime(),
    Math.floor(from.getTime() / 1000),
    'yesterday',
    [1],
  ];
  for (const at of old) assert.ok(isBefore({ at }, 'at', from), String(at));
  for (const at of may) assert.ok(!isBefore({ at }, 'at', from), String(at));
  assert.ok(isBefore({}, 'at', from));
  assert.ok(isBefore({}, 'meta.at', from));
  assert.ok(!isBefore({ meta: [{}] }, 'meta.at', from));
});
