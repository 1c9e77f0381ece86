import { counted } from './words.ts';

const formatters = new Map<string, { readonly day: Intl.DateTimeFormat; readonly zone: Intl.DateTimeFormat }>();

const formattersOf = (timeZone: string) => {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = {
    day: new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
    zone: new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'short' }),
  };
  formatters.set(timeZone, made);
  return made;
};

const partsOf = (at: Date, timeZone: string): readonly [time: string, zone: string] => {
  if (timeZone === 'UTC') return [at.toISOString().slice(0, 19).replace('T', ' '), 'UTC'];
  const { day, zone } = formattersOf(timeZone);
  const name = zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
  return [day.format(at), name];
};

/** `2026-03-31 14:05:09 UTC`, or in another time zone. */
export const formatTime = (iso: string, timeZone = 'UTC'): string => partsOf(new Date(iso), timeZone).join(' ');

/** `2026-03-31 10:05 EDT`: without seconds, for tables. */
export const formatMinute = (at: Date, timeZone: string): string => {
  const [time, zone] = partsOf(at, timeZone);
  return `${time.slice(0, -3)} ${zone}`;
};

/** Whether this is the name of a time zone, such as `America/New_York`. */
export const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** `3 days`, `2 hours`, `5 minutes`, `40 seconds` */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return counted(seconds, 'second');
  if (seconds < 2 * 3_600) return counted(Math.floor(seconds / 60), 'minute');
  if (seconds < 48 * 3_600) return counted(Math.floor(seconds / 3_600), 'hour');
  return counted(Math.floor(seconds / 86_400), 'day');
};

/** How long ago it was. */
export const ago = (now: Date, then: Date): string => duration(now.getTime() - then.getTime());
