import { readTimestamp } from '../../../legacy/fields/times/date.ts';
import type { DateOrder } from '../../../legacy/fields/times/written-date.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { isPlain } from '../edits.ts';
import { within } from '../within.ts';
import { carriedLike, uncarried } from './carried.ts';
import { isNumber, typedLike } from './numbers.ts';
import { withDay, withTime } from './written-dates.ts';

/** How a number says a moment: as a day (`20240331`), as a spreadsheet does (`45382`), in seconds, or in milliseconds. */
type Counting = 'day' | 'serial' | 'seconds' | 'milliseconds';

const countingOf = (found: number): Counting => {
  const size = Math.abs(found);
  if (size >= 25_569 && size <= 73_051) return 'serial';
  return size >= 1e7 && size < 1e8 ? 'day' : size < 1e11 ? 'seconds' : 'milliseconds';
};

const dayLength = 24 * 60 * 60_000;
const timeOfDay = (time: number): number => ((time % dayLength) + dayLength) % dayLength;

const dayNumber = (time: number): number => Number(new Date(time).toISOString().slice(0, 10).replaceAll('-', ''));
const serialOf = (time: number): number => time / dayLength + 25_569;

/** A day counted as another one is, with its time of day. @param time midnight in UTC of that day */
const dayCounted = (like: number, time: number): number => {
  const counting = countingOf(like);
  if (counting === 'day') return dayNumber(time);
  if (counting === 'serial') return serialOf(time) + (like % 1);
  return counting === 'seconds' ? (time + timeOfDay(like * 1_000)) / 1_000 : time + timeOfDay(like);
};

/** A time counted as another one is. */
const timeCounted = (like: number, time: number): number => {
  const counting = countingOf(like);
  if (counting === 'day') return dayNumber(time);
  if (counting === 'serial') return Number.isInteger(like) ? Math.floor(serialOf(time)) : serialOf(time);
  return counting === 'seconds' ? Math.floor(time / 1_000) : time;
};

/**
 * A day as the document writes days: as a date, as a number of any kind, or as text (see written-dates.ts). The time of day, which a
 * website may show in another zone, stays as it is.
 * @param wanted `2024-04-15`; none for any other text
 */
export const dayLike = (
  bson: Mongo['bson'],
  before: unknown,
  wanted: string,
  order?: DateOrder,
): readonly unknown[] => {
  const time = /^\d{4}-\d\d-\d\d$/.test(wanted) ? Date.parse(`${wanted}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) return [];
  if (before instanceof Date) {
    const kept = timeOfDay(before.getTime());
    return [...(Number.isNaN(kept) ? [] : [kept]), 0, dayLength / 2].map((part) => new Date(time + part));
  }
  if (isNumber(before)) return [typedLike(bson, before, dayCounted(Number(String(before)), time))];
  if (typeof before !== 'string') return [];
  const { start, text, end } = dateIn(before);
  const form = isCount(text) ? String(dayCounted(Number(text), time)) : withDay(text, new Date(time), order);
  return form === undefined ? [] : [`${start}${form}${end}`];
};

/** The date in a text, which may stand in `ISODate("…")`, `new Date(…)`, `/Date(…-0400)/`, quotes or spaces. */
const dateIn = (found: string): { readonly start: string; readonly text: string; readonly end: string } => {
  const [, start = '', text = found, end = ''] = inCall.exec(found) ?? inQuotes.exec(found) ?? [];
  return { start, text, end };
};

const inCall = /^(\s*(?:(?:new\s)?(?:ISO)?|\/)Date\(["']?)(.*?)((?:(?<=\d{9,})[-+]\d{4})?["']?\)\/?\s*)$/is;
const inQuotes = /^(\s*["']?)(.*?)(["']?\s*)$/s;

/** Whether a text is nothing but the number of seconds, milliseconds or days. */
const isCount = (text: string): boolean => /^\d{9,13}$/.test(text) || /^\d{5}(?:\.\d+)?$/.test(text);

/** A time as a document writes times, as precisely as it does. `undefined` if it does not write them in such a way. */
export const timeLike = (bson: Mongo['bson'], before: unknown, now: Date, order?: DateOrder): unknown => {
  const plain = uncarried(before);
  const value = plainTimeLike(bson, plain, now, order);
  return isPlain(before) || plain === before ? value : carriedLike(bson, before, value);
};

const plainTimeLike = (bson: Mongo['bson'], before: unknown, now: Date, order?: DateOrder): unknown => {
  if (before instanceof Date) return now;
  if (typeof before === 'string') {
    const { start, text, end } = dateIn(before);
    if (isCount(text)) return `${start}${timeCounted(Number(text), now.getTime())}${end}`;
    const form = withTime(text, now, order);
    return form === undefined ? now.toISOString() : `${start}${form}${end}`;
  }
  if (isNumber(before)) return typedLike(bson, before, timeCounted(Number(String(before)), now.getTime()));
  // `{ seconds }`, `{ $date }`
  const inside = within(before, (part) => [plainTimeLike(bson, part, now, order)].filter((form) => form !== undefined));
  for (const value of inside) {
    const late = now.getTime() - Date.parse(readTimestamp(value).value ?? '');
    if (late >= 0 && late < dayLength) return value;
  }
  return undefined;
};
