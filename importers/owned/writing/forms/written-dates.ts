import { readTimestamp } from '../../../legacy/fields/times/date.ts';
import {
  type DateOrder,
  dateOrderOf,
  isDay,
  writtenDate,
  yearFirst,
} from '../../../legacy/fields/times/written-date.ts';
import { inItsCase } from './in-its-case.ts';

/** Dates in text, written anew in the form that the text has them in now. */

const english = 'january february march april may june july august september october november december'.split(' ');
const spanish = 'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre'.split(' ');
const weekdays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

/** Year first: `2024-03-31`, `20240331`. */
const iso = /(?<!\d)(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?=\D|\d{6}(?!\d)|$)/;
/** Year last: `3/31/2024`, `31.03.24`. */
const numeric = /(?<![\d:])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d:])/;
const englishMonth =
  /\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b/i;
const spanishMonth =
  /\b(?:ene(?:ro)?|feb(?:rero)?|mar(?:zo)?|abr(?:il)?|mayo?|jun(?:io)?|jul(?:io)?|ago(?:sto)?|set|sep?t?(?:iembre)?|oct(?:ubre)?|nov(?:iembre)?|dic(?:iembre)?)\b/i;
const weekday = /^(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*/i;
const dayWord = /(?<![\d:])[0-3]?\d(?:st|nd|rd|th|º)?(?![\d:º])/i;
const yearWord = /(?<![\d:])(?:19|20|21)\d\d(?![\d:])/;
/** Of a day that comes first: `31-MAR-24`. */
const shortYear = /(?<=^\D*\d{1,2}\D+)\d{2}(?![\d:])/;
const clock = /(?<![\d:])(\d{1,2}):(\d{2})(?::(\d{2})(?:([.,])(\d{1,9}))?)?(\s?)([ap])?/i;
/** Dashes that readers take for a hyphen. */
const dash = /[‐‑‒–—−]/;

/**
 * The same text with another day in it. Everything else stays: the separators, the order, the words for months, the time.
 * @param day the day in UTC
 * @param order what the mapping says of dates
 * @returns `undefined` if the text has no day, or one that could be read in two ways
 */
export const withDay = (text: string, day: Date, order?: DateOrder): string | undefined => {
  const [typographic] = dash.exec(text) ?? [];
  if (typographic !== undefined && !text.includes('-'))
    return withDay(text.replaceAll(typographic, '-'), day, order)?.replaceAll('-', typographic);
  const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()];
  const found = iso.exec(text);
  if (found !== null && isDay(Number(found[1]), Number(found[3]), Number(found[4]))) {
    const [whole, , separator, one, two] = found;
    const isPadded = separator === '' || (one!.length === 2 && two!.length === 2);
    return text.replace(whole, () => [year, ...numbers([month, date], isPadded)].join(separator));
  }
  const last = numeric.exec(text);
  if (last !== null) {
    const [whole, one, separator, two, yearThere] = last;
    const known = order ?? dateOrderOf(whole);
    if (known === undefined && separator === '.') return undefined;
    const isPadded = one!.startsWith('0') || two!.startsWith('0') || (one!.length === 2 && two!.length === 2);
    const parts = numbers([month, date], isPadded);
    const shownYear = yearThere!.length === 2 ? padded(year % 100) : String(year);
    return text.replace(whole, () => [...(known === 'day-first' ? parts.reverse() : parts), shownYear].join(separator));
  }
  return withWords(text, day);
};

/** `Sun Mar 31 2024`, `March 31st, 2024`, `31 March 2024`, `31-MAR-24`, `31 de marzo de 2024`. */
const withWords = (text: string, day: Date): string | undefined => {
  const isSpanish = !englishMonth.test(text) || /\d\s+de\s/i.test(text);
  const [month, names] = isSpanish ? [spanishMonth, spanish] : [englishMonth, english];
  const isShort = !yearWord.test(text);
  if (!month.test(text) || (isShort && !shortYear.test(text))) return undefined;
  const date = day.getUTCDate();
  const isPadded = weekday.test(text);
  return text
    .replace(
      isShort ? shortYear : yearWord,
      isShort ? padded(day.getUTCFullYear() % 100) : String(day.getUTCFullYear()),
    )
    .replace(dayWord, (found) => {
      const shown = found.startsWith('0') || (isPadded && /^\d{2}/.test(found)) ? padded(date) : String(date);
      return /[a-z]/i.test(found) ? `${shown}${ordinal(date)}` : found.endsWith('º') ? `${shown}º` : shown;
    })
    .replace(month, (found) => likeName(found, names[day.getUTCMonth()]!))
    .replace(weekday, (found) => likeName(found, weekdays[day.getUTCDay()]!));
};

/** A name in full, or its first letters, as another one is. `May` could be either. */
const likeName = (like: string, name: string): string =>
  inItsCase(like, like.length <= 4 && !/^(?:ju[nl][ey]|mayo)$/i.test(like) ? name.slice(0, 3) : name);

const ordinal = (date: number): string =>
  ({ 1: 'st', 2: 'nd', 3: 'rd' })[date >= 11 && date <= 13 ? 0 : date % 10] ?? 'th';

/**
 * The same text with another time in it, as precise as it is and in its zone; without one it is in UTC.
 * @returns `undefined` if the text is no time in a form that is known here
 */
export const withTime = (text: string, time: Date, order?: DateOrder): string | undefined => {
  if (/^\d{14}$/.test(text)) return time.toISOString().replace(/\D/g, '').slice(0, 14);
  const before = writtenDate(order === undefined ? text : yearFirst(text, order));
  if (typeof before === 'string') return undefined;
  const local = new Date(time.getTime() + (before.offset ?? 0) * 60_000);
  const precision = precisionOf(text);
  if (precision === undefined && before.timeOfDay !== 0) return undefined;
  const written = withDay(text, local, order)?.replace(clock, (...found) => clockLike(found, local));
  const read =
    written === undefined ? undefined : readTimestamp(order === undefined ? written : yearFirst(written, order));
  const late = time.getTime() - Date.parse(read?.value ?? '');
  return late >= 0 && late < (precision ?? dayLength) ? written : undefined;
};

const dayLength = 24 * 60 * 60_000;

/** How much later than what a text says a time may be, in ms; `undefined` if it has no time of day that is known here. */
const precisionOf = (text: string): number | undefined => {
  const [whole, , , seconds, , fraction] = clock.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return seconds === undefined ? 60_000 : fraction === undefined ? 1_000 : 10 ** Math.max(0, 3 - fraction.length);
};

const clockLike = ([, hour, , seconds, point, fraction = '', space, half]: readonly string[], local: Date): string => {
  const hours = half === undefined ? local.getUTCHours() : local.getUTCHours() % 12 || 12;
  const part = String(local.getUTCMilliseconds()).padStart(3, '0').padEnd(fraction.length, '0');
  const letter = local.getUTCHours() < 12 ? 'a' : 'p';
  return [
    hour!.length === 2 ? padded(hours) : hours,
    `:${padded(local.getUTCMinutes())}`,
    seconds === undefined ? '' : `:${padded(local.getUTCSeconds())}`,
    fraction === '' ? '' : `${point}${part.slice(0, fraction.length)}`,
    space,
    half === undefined ? '' : half === half.toLowerCase() ? letter : letter.toUpperCase(),
  ].join('');
};

const padded = (number: number): string => String(number).padStart(2, '0');
const numbers = (parts: readonly number[], isPadded: boolean): string[] => parts.map(isPadded ? padded : String);
