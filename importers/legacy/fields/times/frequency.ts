import type { ScheduleType } from '../../../../domain/reso.ts';
import { entryOf, type Reading, reader, spelling, unclear, understood } from '../../reading.ts';

const asap = ['instant', 'instantly', 'instantalert', 'asap', 'immediate', 'immediately', 'realtime'];
const daily = ['daily', 'day', 'everyday', 'dailydigest', 'onceaday'];
const weekly = ['weekly', 'week', 'everyweek', 'weeklydigest', 'onceaweek'];
const never = ['never', 'none', 'no', 'off', 'false', '0', 'paused', 'disabled', 'stopped', 'inactive', 'unsubscribed'];

const frequencies: Readonly<Record<string, ScheduleType | 'never'>> = {
  ...Object.fromEntries(asap.map((word) => [word, 'ASAP' as const])),
  ...Object.fromEntries(daily.map((word) => [word, 'Daily' as const])),
  ...Object.fromEntries(weekly.map((word) => [word, 'Weekly' as const])),
  ...Object.fromEntries(never.map((word) => [word, 'never' as const])),
};

/**
 * How often a buyer wants to hear of a search: `instant`, `daily`, `weekly`, `never` (also as `none`, `off`, `false` or 0). Any other
 * frequency, `monthly` among them, is not one that openhouse offers.
 */
export const readFrequency = reader(40, (found): Reading<ScheduleType | 'never'> => {
  const frequency = /^(?:string|boolean|number)$/.test(typeof found)
    ? entryOf(frequencies, spelling(String(found)))
    : undefined;
  return frequency === undefined ? unclear('frequency-unknown') : understood(frequency);
});
