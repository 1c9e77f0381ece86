import { type HoursByDay, spansOfDays } from '../../domain/days-of-week.ts';

/** Working hours as people read them: `Mon–Fri 9:00 AM–5:00 PM, Sat 10:00 AM–2:00 PM`; empty: none are known. */
export const hoursInWords = (hours: HoursByDay | null | undefined): string =>
  spansOfDays(hours ?? {})
    .map(({ first, last, from, to }) => {
      const named = first === last ? capital(first) : `${capital(first)}–${capital(last)}`;
      return `${named} ${onTheClock(from)}–${onTheClock(to)}`;
    })
    .join(', ');

/** The same as people give them (`hoursOf`): `mon-fri 09:00-17:00, sat 10:00-14:00`. */
export const hoursAsGiven = (hours: HoursByDay | null | undefined): string =>
  spansOfDays(hours ?? {})
    .map(({ first, last, from, to }) => `${first === last ? first : `${first}-${last}`} ${from}-${to}`)
    .join(', ');

const capital = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** `17:00` as `5:00 PM`; `24:00` is midnight. */
const onTheClock = (time: string): string => {
  const [hour = '0', minute = '00'] = time.split(':');
  const of24 = Number(hour) % 24;
  return `${of24 % 12 || 12}:${minute} ${of24 < 12 ? 'AM' : 'PM'}`;
};
