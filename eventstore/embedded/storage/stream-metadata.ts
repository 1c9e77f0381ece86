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
/** The stream that a metadata stream describes. */
export const originalOf = (metastream: string): string => metastream.slice(2);

/** The streams a metadata stream describes: its own, and, if that is a metadata stream too, the stream behind it. */
export const originalsOf = (stream: string): string[] => {
  const originals: string[] = [];
  for (let name = stream; isMetastream(name) && name.length > 2; ) {
    name = originalOf(name);
    originals.push(name);
  }
  return originals;
};

const parse = (data: Buffer): Record<string, unknown> | undefined => {
  try {
    const json: unknown = JSON.parse(data.toString('utf8'));
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const none: StreamLimits = { maxCount: undefined, maxAgeMs: undefined, truncateBefore: undefined };
const int64Max = '9223372036854775807';
// The maximum of a .NET TimeSpan.
const longestAge = 922_337_203_685;

/** Integers are exact up to 2^53; of those beyond, only int64 max has a meaning ("deleted"). */
const isInt64 = (value: unknown, text: string): boolean =>
  Number.isInteger(value) && (Math.abs(value as number) < 2 ** 63 || text.includes(int64Max));

/**
 * The limits in the last event of a metadata stream, whatever its type. As on EventStoreDB it counts as a whole or not
 * at all: if it is not JSON, one of these is not an integer, or the ACL is not an object, there are no limits.
 */
export const metadataLimits = (isJson: boolean, data: Buffer): StreamLimits => {
  const json = isJson ? parse(data) : undefined;
  if (!json) return none;
  const text = data.toString('utf8');
  const { $maxCount, $maxAge, $tb, $cacheControl, $acl } = json;
  const wrong = [$maxCount, $maxAge, $tb, $cacheControl].some((each) => each !== undefined && !isInt64(each, text));
  if (wrong || ($acl !== undefined && (typeof $acl !== 'object' || $acl === null || Array.isArray($acl)))) return none;
  const [maxCount, maxAge, truncateBefore] = [$maxCount, $maxAge, $tb] as (number | undefined)[];
  if (maxAge !== undefined && maxAge > longestAge) return none;
  return {
    maxCount: maxCount !== undefined && maxCount > 0 ? maxCount : undefined,
    maxAgeMs: maxAge !== undefined && maxAge > 0 ? Math.min(maxAge * 1000, Number.MAX_SAFE_INTEGER) : undefined,
    truncateBefore: truncateBefore !== undefined && truncateBefore > 0 ? truncateBefore : undefined,
  };
};

/** The metadata that makes a stream softly deleted. */
export const DELETED_METADATA = Buffer.from(`{"$tb":${int64Max}}`);

/** The data of a `$metadata` event that equals `data` except for `$tb`; undefined when `data` is not a JSON object. */
export const withTruncateBefore = (data: Buffer, truncateBefore: number): Buffer | undefined => {
  const json = parse(data);
  return json && Buffer.from(JSON.stringify({ ...json, $tb: truncateBefore }));
};
