import type { Document, Filter } from 'mongodb';
import { mostAhead } from '../../../legacy/date-warnings.ts';
import { readTimestamp } from '../../../legacy/fields/times/date.ts';
import { writtenDate } from '../../../legacy/fields/times/written-date.ts';
import { asNumber } from '../../../legacy/reading.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { canBeQueried } from '../gather.ts';
import { typesOf } from '../standings.ts';

/**
 * How documents write the date of their last change, where a server can be asked for the latest ones: in forms that sort as time goes
 * by. These are Dates, seconds or milliseconds since 1970, and texts that begin with the day as in ISO 8601. A server compares only
 * values of one type, so each form has a query of its own. All other forms (`05/02/2024`) are left to sweeps.
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

/** Text of this form sorts by the day, whatever follows that: a server's texts of one day are not in the order of time. */
const dayFirst = /^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])(?:[T ].*)?$/;

/** Numbers below these are not taken for moments (see `readTimestamp`). */
const epochs = [
  { unit: 1_000, least: 100_000_000 },
  { unit: 1, least: 100_000_000_000 },
] as const;

/** The last moment that a poll at `now` looks for: a later date says nothing about when a document was changed. */
const latestAt = (now: Date): Date => new Date(now.getTime() + mostAhead);

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const dayAfter = (now: Date): string => dayOf(latestAt(now).getTime() + mostAheadOfUtc + day);

/** For each form that says a moment exactly, the documents dated `from` then on. */
export const datedFrom = (path: string, from: Date, now: Date): readonly Filter<Document>[] => [
  { [path]: { $gte: from, $lte: latestAt(now) } },
  ...epochs.map(({ unit, least }) => ({
    [path]: { $gte: Math.max(least, Math.floor(from.getTime() / unit)), $lte: latestAt(now).getTime() / unit },
  })),
];

/** The documents whose text may mean a moment `from` then on: those of that day and later, in whatever zone (see `mayBeFrom`). */
export const textFrom = (path: string, from: Date, now: Date): Filter<Document> => ({
  [path]: { $gte: dayOf(from.getTime() - mostBehindUtc), $lt: dayAfter(now) },
});

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

/** A moment before which neither this text can be nor any that sorts after it. */
export const beforeTextsFrom = (found: unknown): number => {
  const start = typeof found === 'string' ? Date.parse(found.slice(0, 'yyyy-mm-dd'.length)) : Number.NaN;
  return Number.isNaN(start) ? 0 : start - mostAheadOfUtc;
};

/** When a document was changed, by a date in one of the forms. */
export const momentIn = (found: unknown): Date | undefined => {
  if (found instanceof Date) return Number.isNaN(found.getTime()) ? undefined : found;
  if (typeof found === 'string' && !dayFirst.test(found)) return undefined;
  const { value } = readTimestamp(found);
  return value === undefined ? undefined : new Date(value);
};

/** Whether this is a date in one of the forms, as `notPolled` asks a server. */
export const isPolled = (found: unknown): boolean => {
  if (found instanceof Date) return true;
  return typeof found === 'string' ? dayFirst.test(found) : (asNumber(found) ?? 0) >= epochs[0].least;
};

/** Documents whose changes no poll at `now` can find, by where they have their dates: without a date in one of the forms, and far ahead. */
export const notPolled = (
  paths: readonly string[],
  now: Date,
): { readonly undated: Filter<Document>; readonly ahead: Filter<Document> } => ({
  undated: {
    $nor: paths.flatMap((path) => [
      { [path]: { $type: 9 } },
      { [path]: dayFirst },
      ...epochs.map(({ unit, least }) => ({ [path]: { $gte: least, $lte: latestAt(now).getTime() / unit } })),
    ]),
  },
  ahead: {
    $or: paths.flatMap((path) => [
      { [path]: { $gt: latestAt(now) } },
      { $and: [{ [path]: dayFirst }, { [path]: { $gte: dayAfter(now) } }] },
    ]),
  },
});
