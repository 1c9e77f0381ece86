import { hash } from 'node:crypto';
import { inspect } from 'node:util';
import { EJSON } from 'bson';
import { decimalOf, keyOfText } from '../../../../domain/identity/legacy-id.ts';
import { isPlainObject } from '../../plain-value.ts';

/**
 * A document's `_id` as its key (see `legacy-id.ts`): an ObjectId as 24 hex digits, a number of any BSON type as plain
 * digits (to MongoDB 17, 17.0 and NumberLong(17) are the same key), text as it is, a binary UUID as `UUID("…")`,
 * anything else as canonical Extended JSON. `undefined` if it is missing or blank. Our keys have at most 200
 * characters: a longer one is cut, with a hash to keep it unique.
 */
export const documentKey = (found: unknown): string | undefined => {
  const key = wholeKey(found);
  if (key === undefined || key.length <= maxKeyLength) return key;
  return `${[...key].slice(0, 60).join('')}…${hash('sha1', key)}`;
};

const maxKeyLength = 120;

const wholeKey = (found: unknown): string | undefined => {
  if (found === undefined || found === null) return undefined;
  if (typeof found === 'string') return isBlank(found) ? undefined : keyOfText(found);
  if (typeof found === 'boolean') return JSON.stringify({ $bool: found });
  const number = numberText(found);
  if (number !== undefined) return decimalOf(number) ?? extended(found);
  if (isBson(found, 'ObjectId')) return (found as unknown as { toHexString(): string }).toHexString().toLowerCase();
  if (isBson(found, 'BSONSymbol')) return wholeKey(String(found));
  return uuidKey(found) ?? extended(found);
};

/** Zero-width and other format characters are no text either. */
const isBlank = (text: string) => text.replace(/[\p{Cf}\p{Cc}]/gu, '').trim() === '' && !/\p{Cc}/u.test(text.trim());

const numberText = (found: unknown): string | undefined => {
  if (typeof found === 'number') return Number.isInteger(found) ? BigInt(found).toString() : String(found);
  if (typeof found === 'bigint') return found.toString();
  for (const type of ['Long', 'Int32', 'Double', 'Decimal128']) {
    if (isBson(found, type)) return type === 'Double' ? numberText(Number(found)) : String(found);
  }
  return undefined;
};

const uuidKey = (found: unknown): string | undefined => {
  if (!isBson(found, 'Binary')) return undefined;
  const {
    sub_type: subtype,
    buffer,
    position,
  } = found as unknown as {
    sub_type: number;
    buffer: Uint8Array;
    position: number;
  };
  const hex = Buffer.from(buffer.subarray(0, position)).toString('hex');
  if (hex.length !== 32 || (subtype !== 3 && subtype !== 4)) return undefined;
  return subtype === 3 ? `LUUID("${hex}")` : `UUID("${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}")`;
};

const extended = (found: unknown): string => {
  try {
    return EJSON.stringify(found, { relaxed: false });
  } catch {
    // A document with a field called `_bsontype` is not a BSON type, and the library rejects it.
    return inspect(found, { depth: 10, breakLength: Number.POSITIVE_INFINITY });
  }
};

const isBson = (found: unknown, type: string): boolean =>
  typeof found === 'object' &&
  found !== null &&
  '_bsontype' in found &&
  found._bsontype === type &&
  !isPlainObject(found);

/** When an ObjectId was created (its first four bytes), ISO 8601; `undefined` for other IDs. */
export const idTime = (found: unknown): string | undefined => {
  const seconds = isBson(found, 'ObjectId') ? Number.parseInt(documentKey(found)!.slice(0, 8), 16) : 0;
  return seconds === 0 ? undefined : new Date(seconds * 1000).toISOString();
};
