import { asNumber, isDocument, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';
import { isDay, writtenDate } from './written-date.ts';

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(2200, 0, 1);
const dayLength = 24 * 60 * 60 * 1000;

/** A moment, and the calendar day as written, which can differ from the moment's day in UTC. */
type Moment = { readonly time: number; readonly day?: number; readonly correction?: string };

/**
 * A moment as ISO 8601 in UTC, from a Date, a written date (see `writtenDate`), a day in eight digits (`20240331`),
 * epoch seconds or milliseconds, a spreadsheet's serial number (`45382`, `excel-serial-date`), `{ seconds }`,
 * `ISODate("…")` or `/Date(…)/`. A time without a zone counts as UTC: mongoose wrote UTC, and the result is the same on
 * every machine. A year alone is not a date.
 */
export const readTimestamp = reader(100, (found): Reading<string> => timestampOf(found, ({ time }) => time));

/**
 * Like `readTimestamp`, but the calendar day as written (for a Date and for epoch numbers, the day in UTC):
 * `2024-03-31`.
 */
export const readDate = reader(100, (found): Reading<string> => {
  const { value, warning } = timestampOf(found, ({ time, day }) => day ?? time);
  return { ...(value !== undefined && { value: value.slice(0, 10) }), ...(warning !== undefined && { warning }) };
});

const timestampOf = (found: unknown, pick: (moment: Moment) => number): Reading<string> => {
  const moment = momentOf(found);
  if (typeof moment === 'string') return unclear(moment);
  const time = pick(moment);
  if (Number.isNaN(time)) return unclear('not-a-date');
  // Many programs write an empty field as the first moment of 1970.
  if (time === 0) return nothing;
  return time <= earliest || time > latest
    ? unclear('date-out-of-range')
    : understood(new Date(time).toISOString(), moment.correction);
};

const momentOf = (found: unknown): Moment | string => {
  if (found instanceof Date) return { time: found.getTime() };
  if (isDocument(found)) {
    const seconds = asNumber(found.seconds ?? found._seconds);
    return seconds === undefined || seconds < 1e8 ? 'not-a-date' : { time: seconds * 1000 };
  }
  if (typeof found !== 'string') {
    const number = asNumber(found);
    return number === undefined ? 'not-a-date' : ofNumber(number);
  }
  const text = found
    .replace(wrapped, '$1$2')
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(/[‐‑‒–—−]/g, '-');
  const packed = /^(\d{8})(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (packed !== null) return momentOf(`${packed[1]}T${packed.slice(2).join(':')}`);
  const number = asNumber(text);
  if (number !== undefined) return ofNumber(number);
  const written = writtenDate(text);
  if (typeof written === 'string') return written;
  const day = Date.UTC(written.year, written.month - 1, written.day);
  const time = day + written.timeOfDay - (written.offset ?? 0) * 60_000;
  return { time, day, ...(written.correction === undefined ? {} : { correction: written.correction }) };
};

/** `ISODate("…")` and `new Date(…)` of Mongo's shell, `/Date(…)/` of .NET. */
const wrapped = /^(?:(?:new\s)?(?:ISO)?Date\((.*)\)|\/Date\((-?\d+)(?:[-+]\d{4})?\)\/)$/i;

const ofNumber = (number: number): Moment | string => {
  if (number === 0) return { time: 0 };
  const digits = String(number);
  if (/^\d{8}$/.test(digits)) {
    const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number) as [
      number,
      number,
      number,
    ];
    if (year >= 1900 && year < 2200 && isDay(year, month, day)) return { time: Date.UTC(year, month - 1, day) };
  }
  // "2018091710" is ten o'clock on a day, or seconds up to 2033.
  const hour = /^((?:19|20)\d\d)(\d\d)(\d\d)([01]\d|2[0-3])$/.exec(digits)?.map(Number);
  if (hour !== undefined && isDay(hour[1]!, hour[2]!, hour[3]!)) return 'date-ambiguous';
  if (Number.isInteger(number) && number >= 1000 && number < 3000) return 'date-incomplete';
  if (number >= serialOf1970 && number <= serialOf2100) {
    return { time: Math.round((number - serialOf1970) * dayLength), correction: 'excel-serial-date' };
  }
  if (Math.abs(number) < secondsFrom) return 'not-a-date';
  return { time: Math.round(Math.abs(number) < secondsBelow ? number * 1000 : number) };
};

/** Spreadsheets count the days since 1899-12-30. */
const serialOf1970 = 25_569;
const serialOf2100 = 73_051;
/** Fewer seconds than this would be before March 1973: more likely a count than a moment. */
const secondsFrom = 100_000_000;
/** Below this a number is in seconds, above it in milliseconds: 1e11 s is the year 5138, 1e11 ms is March 1973. */
const secondsBelow = 100_000_000_000;
