import type { Mongo } from '../../mongo/connect.ts';
import { isNumber, typedLike } from './forms.ts';

/** A time as a document writes times: a date, text, milliseconds, or seconds. `undefined` if it does not write them in such a way. */
export const timeLike = (bson: Mongo['bson'], before: unknown, now: Date): unknown => {
  if (before instanceof Date) return now;
  if (typeof before === 'string') return now.toISOString();
  if (!isNumber(before)) return undefined;
  return typedLike(bson, before, Number(String(before)) < 1e11 ? Math.floor(now.getTime() / 1000) : now.getTime());
};
