import { userError } from '../platform/errors.ts';

/**
 * The moment for `--at`: `2026-03-31` is the end of that day, `2026-03-31T14:00` that time, both in `timeZone` (an IANA
 * name); a `Z` or an offset in the text takes precedence.
 *
 * @throws UserError if it is not a valid time, or the time zone does not exist
 */
export const parseTime = (text: string, timeZone = 'UTC'): Date => {
  const zone = zoneOf(timeZone);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
    text.trim(),
  );
  const [, date, time, offset] = match ?? [];
  if (date === undefined || !isDate(date)) throw notATime(text);
  if (time === undefined) return new Date(inZone(Date.parse(`${date}T00:00:00Z`) + day, zone).getTime() - 1);
  const local = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(local)) throw notATime(text);
  if (offset === undefined) return inZone(local, zone);
  const told = new Date(`${date}T${time}${offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase()}`);
  if (Number.isNaN(told.getTime())) throw notATime(text);
  return told;
};

const day = 24 * 60 * 60 * 1000;

/** The moment at which clocks in the zone show `wall` (a time given as if it were UTC). */
const inZone = (wall: number, zone: Intl.DateTimeFormat): Date => {
  // Take the offset at our first guess; if the clocks change in between, a second look corrects it.
  const first = wall - offsetAt(wall, zone);
  return new Date(wall - offsetAt(first, zone));
};

const offsetAt = (moment: number, zone: Intl.DateTimeFormat): number => {
  const parts = Object.fromEntries(zone.formatToParts(moment).map(({ type, value }) => [type, value]));
  const shown = Date.parse(`${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}Z`);
  return shown - Math.floor(moment / 1000) * 1000;
};

const zoneOf = (timeZone: string): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    throw userError(`there is no time zone "${timeZone}"`, {
      code: 'time-zone',
      hint: 'Use an IANA name, e.g. America/New_York.',
      exitCode: 2,
    });
  }
};

const isDate = (date: string): boolean => {
  const time = Date.parse(`${date}T00:00:00Z`);
  // 31 February either does not parse or becomes a day in March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
};

const notATime = (text: string) =>
  userError(`"${text}" is not a valid time`, {
    code: 'time',
    hint: 'Write a date (2026-03-31: the end of that day) or a date and time (2026-03-31T14:00, or …T14:00Z).',
    exitCode: 2,
  });
