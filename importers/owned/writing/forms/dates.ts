import type { DateOrder } from '../../../legacy/fields/times/written-date.ts';
import type { Mongo } from '../../../mongo/connect.ts';
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
  const text = before.trim();
  if (isCount(text)) return [String(dayCounted(Number(text), time))];
  const form = withDay(text, new Date(time), order);
  return form === undefined ? [] : [form];
};

/** Whether a text is nothing but the number of seconds, milliseconds or days. */
const isCount = (text: string): boolean => /^\d{9,13}$/.test(text) || /^\d{5}(?:\.\d+)?$/.test(text);

/** A time as a document writes times, as precisely as it does. `undefined` if it does not write them in such a way. */
export const timeLike = (bson: Mongo['bson'], before: unknown, now: Date, order?: DateOrder): unknown => {
  if (before instanceof Date) return now;
  if (typeof before === 'string') {
    const text = before.trim();
    if (isCount(text)) return String(timeCounted(Number(text), now.getTime()));
    return withTime(text, now, order) ?? now.toISOString();
  }
  return isNumber(before) ? typedLike(bson, before, timeCounted(Number(String(before)), now.getTime())) : undefined;
};
