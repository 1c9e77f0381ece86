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
 * How often a buyer wants to hear about a search: `instant`, `daily`, `weekly`, `never` (also `none`, `off`, `false` or
 * 0). openhouse does not offer any other frequency, such as `monthly`.
 */
export const readFrequency = reader(40, (found): Reading<ScheduleType | 'never'> => {
  const frequency = /^(?:string|boolean|number)$/.test(typeof found)
    ? entryOf(frequencies, spelling(String(found)))
    : undefined;
  return frequency === undefined ? unclear('frequency-unknown') : understood(frequency);
});
