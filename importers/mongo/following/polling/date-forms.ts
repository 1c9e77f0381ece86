import type { Document, Filter } from 'mongodb';
import { mostAhead } from '../../../legacy/date-warnings.ts';
import { readTimestamp } from '../../../legacy/fields/times/date.ts';
import { writtenDate } from '../../../legacy/fields/times/written-date.ts';
import { asNumber } from '../../../legacy/reading.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { valueAt } from '../../../mappings/path.ts';
import { canBeQueried } from '../gather.ts';
import { typesOf } from '../standings.ts';

/**
 * How documents write the date of their last change, where a server can be asked for the latest ones: in forms that sort as time goes
 * by. These are Dates, seconds or milliseconds since 1970, and texts that begin with the year, the month and the day, all digits
 * written (`2024-05-02`, `2024/05/02`, `2024.05.02`, `20240502`). A server compares only values of one type, and texts only of one
 * form, so each form has a condition of its own. All other forms (`05/02/2024`) are left to sweeps.
 */

/** The paths of a collection's own date of the last change, most used first; without those that no query can name. */
export const datePaths = (types: readonly MappedType[], collection: string): readonly string[] => [
  ...new Set(
    typesOf(types, collection).flatMap(({ pathsIn }) =>
      [...pathsIn(collection)]
        .filter(([path, slots]) => slots.includes('updatedAt') && canBeQueried(path))
        .map(([path]) => path),
    ),
  ),
];

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** No local time differs from UTC by more than these. */
const [mostBehindUtc, mostAheadOfUtc] = [12 * hour, 14 * hour];

/** What stands between the parts of a day. Text of one form sorts by the day, whatever follows that: texts of one day are not in the order of time. */
const separators = ['-', '/', '.', ''] as const;
type Separator = (typeof separators)[number];
/** Without references to what was matched before, which not every server knows. */
const dayFirstIn = Object.fromEntries(
  separators.map((separator) => {
    const between = separator === '.' ? '\\.' : separator;
    return [separator, new RegExp(`^[12]\\d{3}${between}(?:0[1-9]|1[0-2])${between}(?:[0-2]\\d|3[01])(?:[T ].*)?$`)];
  }),
) as Readonly<Record<Separator, RegExp>>;
const isDayFirst = (text: string): boolean => separators.some((separator) => dayFirstIn[separator].test(text));

/** Numbers below these are not taken for moments (see `readTimestamp`). */
const epochs = [
  { unit: 1_000, least: 100_000_000 },
  { unit: 1, least: 100_000_000_000 },
] as const;

/**
 * The earliest moment that can be the date of a change, in every form. Earlier ones stand for none (0001-01-01, 1900-01-01,
 * 1970-01-01): programs that write them do not keep the date up to date.
 */
const earliest = new Date(epochs[1].least);

/** The last moment that a poll at `now` looks for: a later date says nothing about when a document was changed. */
const latestAt = (now: Date): Date => new Date(now.getTime() + mostAhead);

const dayOf = (time: number, separator: Separator): string =>
  new Date(time).toISOString().slice(0, 'yyyy-mm-dd'.length).replaceAll('-', separator);
const dayAfter = (now: Date, separator: Separator): string =>
  dayOf(latestAt(now).getTime() + mostAheadOfUtc + day, separator);

/** For each form that says a moment exactly, the documents dated `from` then on. */
export const datedFrom = (path: string, from: Date, now: Date): readonly Filter<Document>[] => [
  { [path]: { $gte: from, $lte: latestAt(now) } },
  ...epochs.map(({ unit, least }) => ({
    [path]: { $gte: Math.max(least, Math.floor(from.getTime() / unit)), $lte: latestAt(now).getTime() / unit },
  })),
];

/** For each form, the documents whose text may mean a moment `from` then on: those of that day and later, in whatever zone (see `mayBeFrom`). */
export const textsFrom = (path: string, from: Date, now: Date): readonly Filter<Document>[] =>
  separators.map((separator) => ({
    [path]: { $gte: dayOf(from.getTime() - mostBehindUtc, separator), $lt: dayAfter(now, separator) },
  }));

/**
 * Whether a text found by `textFrom` may mean a moment `from` then on. Without a zone it may be of any, and a day, which some programs
 * write as its midnight, may mean its end.
 */
export const mayBeFrom = (found: unknown, from: Date): boolean => {
  const written = typeof found === 'string' && found.length <= 100 ? writtenDate(found.trim()) : 'not-a-date';
  if (typeof written === 'string') return true;
  const { year, month, day: dayOfMonth, timeOfDay, offset } = written;
  const start = Date.UTC(year, month - 1, dayOfMonth) + timeOfDay;
  const length = timeOfDay === 0 ? day : minute;
  return start + length - (offset === undefined ? -mostBehindUtc : offset * minute) >= from.getTime();
};

/** Whether a document certainly says that it was not changed from a moment on, by the date at this path. */
export const isBefore = (document: Document, path: string, from: Date): boolean => {
  const found = valueAt(document, path);
  if (found === undefined) return !(path.split('.')[0]! in document);
  if (found === null) return true;
  if (typeof found === 'string') return !mayBeFrom(found, from);
  if (Array.isArray(found)) return false;
  const moment = momentIn(found);
  // Seconds are mostly not rounded: they may mean the end of that second.
  return moment !== undefined && moment.getTime() + 1_000 < from.getTime();
};

/** A moment before which neither this text can be nor any of its form that sorts after it. */
export const beforeTextsFrom = (found: unknown): number => {
  const [, year, month, dayOfMonth] = /^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})/.exec(String(found)) ?? [];
  return year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(dayOfMonth)) - mostAheadOfUtc;
};

/** When a document was changed, by a date in one of the forms. */
export const momentIn = (found: unknown): Date | undefined => {
  if (found instanceof Date) return Number.isNaN(found.getTime()) ? undefined : found;
  if (typeof found === 'string' && !isDayFirst(found)) return undefined;
  const { value } = readTimestamp(found);
  return value === undefined ? undefined : new Date(value);
};

/** Whether this is a date in one of the forms, as `notPolled` asks a server. */
export const isPolled = (found: unknown): boolean => {
  if (found instanceof Date) return found >= earliest;
  if (typeof found !== 'string') return (asNumber(found) ?? 0) >= epochs[0].least;
  return separators.some(
    (separator) => dayFirstIn[separator].test(found) && found >= dayOf(earliest.getTime(), separator),
  );
};

/** Documents whose changes no poll at `now` can find, by where they have their dates: without a date in one of the forms, and far ahead. */
export const notPolled = (
  paths: readonly string[],
  now: Date,
): { readonly undated: Filter<Document>; readonly ahead: Filter<Document> } => ({
  undated: {
    $nor: paths.flatMap((path) => [
      { [path]: { $gte: earliest } },
      ...separators.map((separator) => ({
        $and: [{ [path]: dayFirstIn[separator] }, { [path]: { $gte: dayOf(earliest.getTime(), separator) } }],
      })),
      ...epochs.map(({ unit, least }) => ({ [path]: { $gte: least, $lte: latestAt(now).getTime() / unit } })),
    ]),
  },
  ahead: {
    $or: paths.flatMap((path) => [
      { [path]: { $gt: latestAt(now) } },
      ...separators.map((separator) => ({
        $and: [{ [path]: dayFirstIn[separator] }, { [path]: { $gte: dayAfter(now, separator) } }],
      })),
    ]),
  },
});
