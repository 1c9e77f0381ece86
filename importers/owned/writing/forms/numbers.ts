import { dollars } from '../../../legacy/fields/numbers/quantities/measure.ts';
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
  const isTooLong = type === 'Int32' && Math.abs(value) > 0x7fffffff;
  if ((type === 'Long' || isTooLong) && Number.isInteger(value)) return bson.Long.fromNumber(value);
  return type === 'Double' ? new bson.Double(value) : value;
};

/** The digits of a number, with any separators. */
const digitsPattern = String.raw`\d{1,3}(?:[ '’‘´_.,]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?|\.\d+`;
const oneNumber = new RegExp(String.raw`^([^\d]*?)(${digitsPattern})(\s?[a-z]+\.?(?![\p{L}²³]))?([^\d]*)$`, 'iu');

/**
 * A number in the form of the one in a text, the likeliest first; what means the right number, the field's reader decides.
 * `$450,000` → `$475,000`; `450000.00` → `475000.00`; `450.000` → `475.000`; `3 BR` → `4 BR`; `450K` → `475K`, but `475,500` → `475500`.
 */
export const inStyleOf = (before: string, value: number): string[] => {
  const [, start = '', digits, unit = '', tail = ''] = oneNumber.exec(before) ?? [];
  if (digits === undefined) return [];
  if (value < 0)
    return start.endsWith('-')
      ? inStyleOf(`${start.slice(0, -1)}${digits}${unit}${tail}`, -value).map((text) => signed(text))
      : [];
  const head = start.replace(/-$/, '');
  const factor = factorOf(unit);
  const withoutUnit = `${head}${value}${tail}`;
  const inUnit = factor === undefined ? [] : [...scaledLike(digits, value, factor), undefined];
  return [...inUnit, ...likeDigits(digits, value)].map((number) =>
    number === undefined ? withoutUnit : `${head}${number}${unit}${tail}`,
  );
};

const signed = (text: string): string => text.replace(/(?=\d)/, '-');

/** Where several numbers are in a text, each with its unit, if it has one. */
export const amountsIn = (
  text: string,
): readonly { readonly start: number; readonly end: number; readonly factor: number | undefined }[] =>
  [...text.matchAll(new RegExp(String.raw`(?:${digitsPattern})(\s?[a-z]+)?`, 'giu'))].map((found) => {
    const factor = factorOf(found[1] ?? '');
    const length = factor === undefined ? found[0].length - (found[1] ?? '').length : found[0].length;
    return { start: found.index, end: found.index + length, factor };
  });

/** How much a unit of money stands for: 1,000 for `K`. */
const factorOf = (unit: string): number | undefined => {
  const word = unit.trim().replace(/\.$/, '').toLowerCase();
  return Object.hasOwn(dollars.units, word) ? dollars.units[word] : undefined;
};

/** In thousands or millions, if the number can be written so with about as many decimals. */
const scaledLike = (digits: string, value: number, factor: number): string[] => {
  const scaled = value / factor;
  const places = Math.max(placesOf(digits.replace(',', '.')), factor >= 1e6 ? 3 : 0);
  const fits = Number(scaled.toFixed(places)) * factor === value && (scaled >= 1 || digits.startsWith('0'));
  return fits ? likeDigits(digits, scaled, true) : [];
};

/** @param isShort whether it needs no more decimals than it has: `1.25M` → `1.3M` */
const likeDigits = (digits: string, value: number, isShort = false): string[] => {
  const [, separator, decimal, decimals] =
    /^\d{1,3}(?:([ '’‘´_.,])\d{3})(?:\1\d{3})*(?:([.,])(\d+))?$/.exec(digits) ?? [];
  const grouped =
    separator === undefined || (decimal === undefined && !Number.isInteger(value))
      ? []
      : [inGroups(withPlaces(value, decimals?.length ?? 0), separator, decimal ?? '.')];
  const [, comma, places] = /^\d*(?:([.,])(\d+))?$/.exec(digits) ?? ['', '.', ''];
  const plain = isShort ? String(value) : withPlaces(value, Math.min(places?.length ?? 0, 8));
  return [...grouped, comma === ',' ? plain.replace('.', ',') : plain];
};

const inGroups = (plain: string, separator: string, decimal: string): string => {
  const [whole, part] = plain.split('.');
  const groups = whole!.replace(/\B(?=(?:\d{3})+$)/g, separator);
  return part === undefined ? groups : `${groups}${decimal}${part}`;
};

/** How many decimals a number is written with. */
const placesOf = (digits: string): number => (/^-?[\d,]+\.(\d{1,8})$/.exec(digits)?.[1] ?? '').length;

/** A number with at least so many decimals. */
const withPlaces = (value: number, places: number): string =>
  placesOf(String(value)) < places && /^-?[\d.]+$/.test(String(value)) ? value.toFixed(places) : String(value);
