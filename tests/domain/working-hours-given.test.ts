import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hoursOf } from '../../commands/agents/hours-of.ts';

test('reads working hours for ranges of days and single days', () => {
  assert.deepEqual(hoursOf('Mon-Wed 9:00-17:00, Saturday 10-14'), {
    hours: { mon: ['09:00', '17:00'], tue: ['09:00', '17:00'], wed: ['09:00', '17:00'], sat: ['10:00', '14:00'] },
  });
  assert.deepEqual(hoursOf('sat–mon 08:30–24:00'), {
    hours: { sat: ['08:30', '24:00'], sun: ['08:30', '24:00'], mon: ['08:30', '24:00'] },
  });
  assert.deepEqual(hoursOf('fri 20-2'), { hours: { fri: ['20:00', '02:00'] } });
  assert.deepEqual(hoursOf('none'), { hours: null });
});

test('refuses working hours that are unclear, not a time or given twice', () => {
  for (const text of [
    '',
    'always',
    'mon',
    'mon 9-17, ',
    'monkey 9-17',
    'mon 24-9',
    'mon 9-9',
    'mon 9:60-17',
    'mon 9-24:01',
    'mon-fri 9-17, wed 10-12',
  ]) {
    assert.ok('problem' in hoursOf(text), text);
  }
});
