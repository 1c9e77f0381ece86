import { daysOfWeek } from '../../domain/days-of-week.ts';

type Hours = Readonly<Record<string, readonly [string, string]>>;

type Span = { readonly first: string; last: string; readonly from: string; readonly to: string };

/** Days in a row with the same hours are one span. */
const spansOf = (hours: Hours): readonly Span[] => {
  const spans: Span[] = [];
  for (const [index, day] of daysOfWeek.entries()) {
    const [from, to] = hours[day] ?? [];
    if (from === undefined || to === undefined) continue;
    const open = spans.at(-1);
    if (open !== undefined && open.last === daysOfWeek[index - 1] && open.from === from && open.to === to)
      open.last = day;
    else spans.push({ first: day, last: day, from, to });
  }
  return spans;
};

/** Working hours as people read them: `Mon–Fri 9:00 AM–5:00 PM, Sat 10:00 AM–2:00 PM`; empty: none are known. */
export const hoursInWords = (hours: Hours | null | undefined): string =>
  spansOf(hours ?? {})
    .map(({ first, last, from, to }) => {
      const named = first === last ? capital(first) : `${capital(first)}–${capital(last)}`;
      return `${named} ${onTheClock(from)}–${onTheClock(to)}`;
    })
    .join(', ');

/** The same as people give them (`hoursOf`): `mon-fri 09:00-17:00, sat 10:00-14:00`. */
export const hoursAsGiven = (hours: Hours | null | undefined): string =>
  spansOf(hours ?? {})
    .map(({ first, last, from, to }) => `${first === last ? first : `${first}-${last}`} ${from}-${to}`)
    .join(', ');

const capital = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** `17:00` as `5:00 PM`; `24:00` is midnight. */
const onTheClock = (time: string): string => {
  const [hour = '0', minute = '00'] = time.split(':');
  const of24 = Number(hour) % 24;
  return `${of24 % 12 || 12}:${minute} ${of24 < 12 ? 'AM' : 'PM'}`;
};
