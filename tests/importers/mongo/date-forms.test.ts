import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayBeFrom, textFrom } from '../../../importers/mongo/following/polling/date-forms.ts';
import fc from '../../support/fast-check.ts';
import { inZone } from '../support/dates-written.ts';

const hour = 3_600_000;
const moments = fc.date({ min: new Date('1971-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const precisions = fc.constantFrom('day' as const, 'minute' as const, 'second' as const, 'millisecond' as const);
const signed = (hours: number) => `${hours < 0 ? '-' : '+'}${String(Math.abs(hours)).padStart(2, '0')}:00`;

/** Whether a poll reads a document with this text, as a server compares it. */
const isRead = (text: string, from: Date, now: Date): boolean => {
  const { $gte, $lt } = textFrom('at', from, now).at as { $gte: string; $lt: string };
  return text >= $gte && text < $lt && mayBeFrom(text, from);
};

test('text of any change since the cursor is read, with or without the zone of whoever wrote it', () => {
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: -12, max: 14 }),
      precisions,
      fc.constantFrom('T', ' '),
      fc.boolean(),
      fc.nat(100 * 24 * hour),
      (changed, hours, precision, separator, withZone, before) => {
        const local = inZone(changed, hours, precision).replace('T', separator);
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
      (changed, hours, midnight, withZone) => {
        const text = inZone(changed, hours, 'day') + midnight + (withZone ? signed(hours) : '');
        assert.ok(isRead(text, changed, changed), text);
      },
    ),
  );
});

test('text with a zone is not read again once the cursor has passed it', () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: -12, max: 14 }), (changed, hours) => {
      const from = new Date(changed.getTime() + 61_000);
      const text = inZone(changed, hours, 'second');
      fc.pre(!text.endsWith('00:00:00'));
      assert.ok(!isRead(text + signed(hours), from, from));
    }),
  );
});
