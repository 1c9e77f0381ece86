import { TOMBSTONE_REVISION } from './types.ts';

/** `COPY` takes no parameters, so anything inserted into its query must be a whole number. */
export const int64 = (value: number): string => {
  if (value >= TOMBSTONE_REVISION) return '9223372036854775807';
  if (!Number.isFinite(value) || Math.floor(value) !== value) throw new Error(`not a whole number: ${value}`);
  return BigInt(value).toString();
};
