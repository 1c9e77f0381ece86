import { TOMBSTONE_REVISION } from './types.ts';

/** What a stream's metadata says about which of its events are readable. */
export type StreamLimits = {
  maxCount: number | undefined;
  maxAgeMs: number | undefined;
  truncateBefore: number | undefined;
};

export const METADATA_TYPE = '$metadata';
export const TOMBSTONE_TYPE = '$streamDeleted';

export const isMetastream = (stream: string): boolean => stream.startsWith('$$');
export const metastreamOf = (stream: string): string => `$$${stream}`;
/** The stream that a metadata stream is about. */
export const originalOf = (metastream: string): string => metastream.slice(2);

const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 ? Math.floor(value) : undefined;

const parse = (data: Buffer): Record<string, unknown> => {
  try {
    const json: unknown = JSON.parse(data.toString('utf8'));
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/** Reads the limits from the data of a `$metadata` event. What cannot be understood limits nothing. */
export const parseLimits = (data: Buffer): StreamLimits => {
  const json = parse(data);
  const maxAge = positive(json.$maxAge);
  const truncateBefore = positive(json.$tb);
  return {
    maxCount: positive(json.$maxCount),
    maxAgeMs: maxAge === undefined ? undefined : Math.min(maxAge * 1000, Number.MAX_SAFE_INTEGER),
    // int64 max loses its last bits as a JavaScript number; anything near it means "deleted".
    truncateBefore: truncateBefore !== undefined && truncateBefore >= 2 ** 62 ? TOMBSTONE_REVISION : truncateBefore,
  };
};

/** The data of a `$metadata` event that equals `data` except for `$tb`. */
export const withTruncateBefore = (data: Buffer | undefined, truncateBefore: number): Buffer => {
  const json = data ? parse(data) : {};
  delete json.$tb;
  const rest = JSON.stringify(json).slice(1);
  const value = truncateBefore >= TOMBSTONE_REVISION ? '9223372036854775807' : String(truncateBefore);
  return Buffer.from(`{"$tb":${value}${rest === '}' ? '}' : `,${rest}`}`);
};
