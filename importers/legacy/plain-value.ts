import { EJSON, Long } from 'bson';
import { repairMojibake } from './mojibake.ts';

/**
 * Undoes what happened to a value on its way here (BSON types, drivers, exports, spreadsheets, web forms), so that
 * field readers see the value as it was meant. Every field reader uses it: see `reader` in reading.ts.
 *
 * - Int32, Double, Long and Decimal128 become numbers (`4.5E+5` is 450,000); a Long beyond 2^53 becomes a bigint.
 * - Extended JSON (`{ $numberLong: "650000" }`, `{ $date: … }`) and drivers' objects stored as sub-documents
 *   (`{ low, high, unsigned }`) become the values they stand for.
 * - Symbols, and binary data that is UTF-8 text, become text; a Timestamp becomes a Date.
 * - Text goes through `plainText`.
 * - Lists and documents are converted all the way down (to `maxDepth` levels).
 *
 * UUIDs and other binary data, ObjectIds and DBRefs are returned unchanged: they are IDs, which reference.ts reads.
 */
export const plainValue = (found: unknown, depth = 0): unknown => {
  if (typeof found === 'string') return plainText(found);
  if (typeof found !== 'object' || found === null || found instanceof Date || depth > maxDepth) return found;
  if (Array.isArray(found)) return found.map((part) => plainValue(part, depth + 1));
  if (found instanceof Uint8Array) return textIn(found) ?? found;
  if ('_bsontype' in found) return ofBsonType(found as BsonValue);
  if (!isPlainObject(found)) return found;
  const carried = ofExtendedJson(found);
  if (carried !== undefined) return carried.value;
  // An entry called `__proto__` must stay an ordinary entry.
  return Object.fromEntries(Object.entries(found).map(([name, part]) => [name, plainValue(part, depth + 1)]));
};

/** An object of no particular class (not a Date, a RegExp, a Map, …). */
export const isPlainObject = (found: unknown): found is Record<string, unknown> => {
  if (typeof found !== 'object' || found === null) return false;
  const prototype: unknown = Object.getPrototypeOf(found);
  return prototype === Object.prototype || prototype === null;
};

/** Deeper than any value that we read: a polygon under a list of alternatives is seven levels deep. */
const maxDepth = 20;

/**
 * Text as it was meant, trimmed: code page repaired; no invisible characters; full-width digits and letters (and digits
 * of other scripts) as ASCII; a number in a spreadsheet's format (`33432.0`, `5.615550134E+09`) as its digits.
 */
export const plainText = (found: string): string => {
  if (/^[\x20-\x7e]*$/.test(found)) return digitsOf(found.trim());
  const text = withoutInvisible(repairMojibake(found)).trim();
  // Long text is never read as a number or a code.
  return text.length > 1_000 ? text : digitsOf(asciiForms(text));
};

/**
 * Removes invisible characters: zero-width spaces and joiners, direction marks, soft hyphens, byte order marks, control
 * characters, unpaired surrogates. Every kind of space (no-break, thin, ideographic, …) becomes a plain space. Tabs and
 * line breaks stay. Two texts that look alike compare equal after this, so use it before comparing addresses, names,
 * words or IDs.
 *
 * Joiners inside one sign (in emoji and in Persian or Indic words) stay.
 */
export const withoutInvisible = (text: string): string =>
  text
    .replace(invisible, '')
    .replace(spaces, ' ')
    .replace(/[\u2028\u2029]/g, '\n');

const invisible =
  /(?![\t\n\r])\p{Cc}|\p{Surrogate}|(?![\p{Join_Control}\p{Variation_Selector}])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Variation_Selector}\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}])[\p{Join_Control}\p{Variation_Selector}]/gu;
const spaces = /[\p{Zs}\u2800]/gu;

const asciiForms = (text: string): string =>
  text
    .replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/(?![0-9])\p{Nd}/gu, (char) => String(digitValue(char.codePointAt(0)!)));

/** The digits of a script follow each other from zero to nine; only the mathematical digits have several such rows. */
const digitValue = (code: number): number => {
  if (code >= 0x1d7ce && code <= 0x1d7ff) return (code - 0x1d7ce) % 10;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return code - zero;
};

const maxNumberLength = 40;

const digitsOf = (text: string): string => {
  if (text.length > maxNumberLength) return text;
  const whole = /^(\d+)\.00?$/.exec(text)?.[1];
  if (whole !== undefined) return whole;
  const power = /^(\d)\.(\d+)e\+?(\d{1,2})$/i.exec(text);
  // If it has fewer digits than the number, the rest is lost: "5.61555E+09" is not a phone number.
  return power !== null && power[2]!.length === Number(power[3]) ? `${power[1]}${power[2]}` : text;
};

type BsonValue = { readonly _bsontype: unknown; readonly value?: unknown; readonly [name: string]: unknown };

const ofBsonType = (found: BsonValue): unknown => {
  switch (found._bsontype) {
    case 'Long':
      return ofLong(found);
    case 'Int32':
    case 'Double':
      return typeof found.value === 'number' ? found.value : found;
    case 'Decimal128':
      return isPlainObject(found) ? found : Number(String(found));
    case 'BSONSymbol':
    case 'Symbol':
      return typeof found.value === 'string' ? plainText(found.value) : found;
    case 'Timestamp':
      return typeof found.high === 'number' ? new Date((found.high >>> 0) * 1000) : found;
    case 'Binary':
      return ofBinary(found);
    default:
      return found;
  }
};

const ofLong = (found: Readonly<Record<string, unknown>>): unknown => {
  if (typeof found.low !== 'number' || typeof found.high !== 'number') return found;
  const big = Long.fromBits(found.low, found.high, found.unsigned === true).toBigInt();
  const number = Number(big);
  return Number.isSafeInteger(number) ? number : big;
};

/** Only the generic subtype can be text: the others are functions, UUIDs, checksums, … */
const ofBinary = (found: BsonValue): unknown => {
  const { sub_type: subtype, buffer, position } = found;
  if ((subtype !== 0 && subtype !== 2) || !(buffer instanceof Uint8Array)) return found;
  return textIn(buffer.subarray(0, typeof position === 'number' ? position : buffer.length)) ?? found;
};

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

const textIn = (bytes: Uint8Array): string | undefined => {
  try {
    const text = strictUtf8.decode(bytes);
    return /(?![\t\n\r])\p{Cc}/u.test(text) ? undefined : plainText(text);
  } catch {
    return undefined;
  }
};

const extendedNumbers = /^\$number(?:Long|Int|Double|Decimal)$/;
const extendedOthers = /^\$(?:date|oid|symbol|timestamp|binary|uuid|undefined)$/;

/** The value that a sub-document stands for in Extended JSON or as a driver's Long; `undefined` for any other. */
const ofExtendedJson = (found: object): { readonly value: unknown } | undefined => {
  const names = Object.keys(found);
  if (names.length === 0 || names.length > 3) return undefined;
  const entries = found as Readonly<Record<string, unknown>>;
  if (typeof entries.unsigned === 'boolean' && 'low' in entries && 'high' in entries) {
    const value = ofLong(entries);
    return value === found ? undefined : { value };
  }
  const name = names[0]!;
  if (extendedNumbers.test(name)) {
    const text = names.length === 1 ? String(entries[name]).trim() : '';
    return /^[-+]?\d{1,40}(?:\.\d{1,40})?(?:e[-+]?\d{1,3})?$/i.test(text) ? { value: exactNumber(text) } : undefined;
  }
  if (!extendedOthers.test(name)) return undefined;
  try {
    // Version 1 of Extended JSON has `{ $binary: "AQ==", $type: "00" }`.
    const legacy = typeof entries.$binary === 'string';
    const value: unknown = EJSON.deserialize(found as Parameters<typeof EJSON.deserialize>[0], { legacy });
    return isPlainObject(value) ? undefined : { value: plainValue(value, maxDepth) };
  } catch {
    return undefined;
  }
};

const exactNumber = (text: string): number | bigint => {
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(text) ? number : BigInt(text);
};
