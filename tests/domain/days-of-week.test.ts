import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dayNamed, dayNames, daysFrom, daysOfWeek, spansOfDays } from '../../domain/days-of-week.ts';
import fc from '../support/fast-check.ts';

test('reads names of days, in full or short', () => {
  for (const [text, day] of [
    ['Monday', 'mon'],
    ['mondays', 'mon'],
    ['Tues.', 'tue'],
    ['weds', 'wed'],
    ['thurs', 'thu'],
    ['FRI', 'fri'],
    [' sun ', 'sun'],
  ])
    assert.equal(dayNamed(text!), day, text);
  for (const text of ['', 's', 'tu', 'monkey', 'mondayss', 'day', 'm.']) assert.equal(dayNamed(text), undefined, text);
});

test('days from one to another are in order, over the weekend if need be', () => {
  assert.deepEqual(daysFrom('mon', 'wed'), ['mon', 'tue', 'wed']);
  assert.deepEqual(daysFrom('fri', 'mon'), ['fri', 'sat', 'sun', 'mon']);
  assert.deepEqual(daysFrom('sat', 'sat'), ['sat']);
  assert.deepEqual(daysFrom('tue', 'mon').toSorted(), daysOfWeek.toSorted());
});

test('spans name each day with hours once, in order', () => {
  const hours = fc.dictionary(fc.constantFrom(...daysOfWeek), fc.constantFrom(['09:00', '17:00'], ['10:00', '14:00']));
  fc.assert(
    fc.property(hours, (byDay) => {
      const spans = spansOfDays(byDay as never);
      const days = spans.flatMap(({ first, last }) => daysFrom(first, last));
      assert.deepEqual(
        days,
        daysOfWeek.filter((day) => byDay[day] !== undefined),
      );
      for (const { first, last, from, to } of spans)
        for (const day of daysFrom(first, last)) assert.deepEqual(byDay[day], [from, to], dayNames[day]);
    }),
  );
});
