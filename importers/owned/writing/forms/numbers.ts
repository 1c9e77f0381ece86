import type { Mongo } from '../../../mongo/connect.ts';

/** Whether it is a number, in whatever BSON type. */
export const isNumber = (found: unknown): boolean =>
  typeof found === 'number' ||
  (typeof found === 'object' &&
    found !== null &&
    '_bsontype' in found &&
    /Int32|Long|Double|Decimal128/.test(String(found._bsontype)));

/** A number in the BSON type of the one that it replaces. */
export const typedLike = (bson: Mongo['bson'], before: unknown, value: number): unknown => {
  const type = typeof before === 'object' && before !== null && '_bsontype' in before ? before._bsontype : undefined;
  if (type === 'Decimal128') return bson.Decimal128.fromString(withPlaces(value, placesOf(String(before))));
  if (type === 'Long' && Number.isInteger(value)) return bson.Long.fromNumber(value);
  return type === 'Double' ? new bson.Double(value) : value;
};

/** `$450,000` → `$475,000`; `450000.00` → `475000.00`; `3 BR` → `4 BR`. */
export const inStyleOf = (before: string, value: number): string[] => {
  const [, head, digits, tail] = /^([^\d]*)(\d[\d,]*(?:\.\d+)?)([^\d]*)$/.exec(before) ?? [];
  if (digits === undefined) return [];
  const places = placesOf(digits);
  const grouped = { minimumFractionDigits: Math.min(places, 8), maximumFractionDigits: 8 };
  return [`${head}${digits.includes(',') ? value.toLocaleString('en-US', grouped) : withPlaces(value, places)}${tail}`];
};

/** How many decimals a number is written with. */
const placesOf = (digits: string): number => (/^-?[\d,]+\.(\d{1,8})$/.exec(digits)?.[1] ?? '').length;

/** A number with at least so many decimals. */
const withPlaces = (value: number, places: number): string =>
  placesOf(String(value)) < places && /^-?[\d.]+$/.test(String(value)) ? value.toFixed(places) : String(value);
