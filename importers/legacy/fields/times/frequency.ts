import type { ScheduleType } from '../../../../domain/reso.ts';
import { entryOf, type Reading, reader, spelling, unclear, understood } from '../../reading.ts';

const asap = ['instant', 'instantly', 'instantalert', 'asap', 'immediate', 'immediately', 'realtime'];
const daily = ['daily', 'day', '1day', 'everyday', 'dailydigest', 'onceaday'];
const weekly = ['weekly', 'week', '1week', 'everyweek', 'weeklydigest', 'onceaweek'];
const never =
  'never none no off false 0 pause paused disabled stop stopped inactive unsubscribe unsubscribed donotsend muted cancelled canceled'.split(
    ' ',
  );

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

/** Whether a field with this name is a frequency: `frequency`, `alertFrequency`, `email_freq`, `schedule`, … */
export const isFrequency = (name: string): boolean => name.length <= 60 && frequencyName.test(spelling(name));

const frequencyName =
  /^(?:alerts?|e?mails?|notif(?:y|ications?)|send(?:ing)?|search|digests?|updates?|delivery|contact|legacy)*(?:frequency|frecuency|freq|schedule|scheduletype|interval|cadence|recurrence|period(?:icity)?|howoften|digest)$/;
