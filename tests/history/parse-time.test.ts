import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseTime } from '../../history/parse-time.ts';
import { isUserError } from '../../platform/errors.ts';

suite('--at', () => {
  const table: [text: string, timeZone: string | undefined, expected: string][] = [
    ['2026-03-31', undefined, '2026-03-31T23:59:59.999Z'],
    ['2024-02-29', undefined, '2024-02-29T23:59:59.999Z'],
    ['2026-03-31', 'America/New_York', '2026-04-01T03:59:59.999Z'],
    ['2026-01-31', 'America/New_York', '2026-02-01T04:59:59.999Z'],
    ['2026-03-31', 'Pacific/Auckland', '2026-03-31T10:59:59.999Z'],
    // The days on which New York's clocks change, and the hours around the change.
    ['2026-03-08', 'America/New_York', '2026-03-09T03:59:59.999Z'],
    ['2026-03-08T01:59', 'America/New_York', '2026-03-08T06:59:00.000Z'],
    ['2026-03-08T03:00', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    ['2026-11-01', 'America/New_York', '2026-11-02T04:59:59.999Z'],
    ['2026-03-31T14:00', undefined, '2026-03-31T14:00:00.000Z'],
    ['2026-03-31 14:00:05.250', undefined, '2026-03-31T14:00:05.250Z'],
    ['2026-03-31T14:00', 'America/New_York', '2026-03-31T18:00:00.000Z'],
    ['2026-03-31T14:00Z', 'America/New_York', '2026-03-31T14:00:00.000Z'],
    ['2026-03-31T14:00:00-04:00', undefined, '2026-03-31T18:00:00.000Z'],
    ['2026-03-31T14:00:00+0530', undefined, '2026-03-31T08:30:00.000Z'],
  ];
  for (const [text, timeZone, expected] of table) {
    test(`${text} in ${timeZone ?? 'UTC'}`, () => assert.equal(parseTime(text, timeZone).toISOString(), expected));
  }

  for (const text of [
    '',
    'yesterday',
    '2026-02-31',
    '2026-13-01',
    '31.03.2026',
    '2026-03-31T25:00',
    '2026-03-31T14',
    '20260331',
  ]) {
    test(`${JSON.stringify(text)} is refused with a hint`, () => {
      assert.throws(
        () => parseTime(text),
        (error) => isUserError(error) && error.exitCode === 2 && /2026-03-31/.test(error.hint ?? ''),
      );
    });
  }

  test('a time zone that does not exist is refused', () => {
    assert.throws(
      () => parseTime('2026-03-31', 'America/Boca'),
      (error) => isUserError(error) && error.code === 'time-zone',
    );
  });
});
