import { isPlainObject, plainValue } from './plain-value.ts';

/**
 * What a legacy value says. No value means that it says nothing. A warning means that something could not be
 * understood, or only in part.
 */
export type Reading<Value> = { readonly value?: Value; readonly warning?: string };

export const nothing: Reading<never> = {};
export const understood = <Value>(value: Value, warning?: string): Reading<Value> =>
  warning === undefined ? { value } : { value, warning };
export const unclear = (warning: string): Reading<never> => ({ warning });

/** `undefined`, `null`, or text without a visible character: the various ways in which the old CRM left out a field. */
export const isMissing = (found: unknown): boolean =>
  found === undefined || found === null || (typeof found === 'string' && /^[\s\p{Cc}\p{Cf}\p{Zs}]*$/u.test(found));

/** Missing, or a list with only missing values: a form in which nothing was chosen. */
export const isEmpty = (found: unknown): boolean =>
  isMissing(found) || (Array.isArray(found) && found.length < 1_000 && found.every(isMissing));

/**
 * Makes a field reader. Its value has been through `plainValue`, is not missing, and contains no text longer than
 * `maxLength`, so that no pattern runs over megabytes. A longer text is not understood (`too-long`); within lists and
 * documents it is replaced by `overlong`, which every reader rejects as having the wrong type.
 */
export const reader =
  <Value, Rest extends readonly unknown[]>(
    maxLength: number,
    read: (found: unknown, ...rest: Rest) => Reading<Value>,
  ): ((found: unknown, ...rest: Rest) => Reading<Value>) =>
  (found, ...rest) => {
    const plain = bounded(found, maxLength);
    if (plain === overlong) return unclear('too-long');
    return isMissing(plain) ? nothing : read(plain, ...rest);
  };

/** Stands for a text that is longer than anything the field can hold. */
export const overlong = Symbol('text that is too long');

/** A plain value in which no text is longer than `maxLength`; see `reader`. */
export const bounded = (found: unknown, maxLength: number): unknown => withinLength(plainValue(found), maxLength);

const withinLength = (found: unknown, maxLength: number): unknown => {
  if (typeof found === 'string') return found.length > maxLength ? overlong : found;
  if (Array.isArray(found)) return found.map((part) => withinLength(part, maxLength));
  if (!isDocument(found)) return found;
  return Object.fromEntries(Object.entries(found).map(([name, part]) => [name, withinLength(part, maxLength)]));
};

/** A plain embedded document: not a list, a date, a pattern or a BSON type. */
export const isDocument = (found: unknown): found is Record<string, unknown> =>
  isPlainObject(found) && !('_bsontype' in found);

/**
 * A number in any form in BSON (a double, a 64-bit integer, a decimal), or digits in text, possibly with an exponent.
 * `undefined` for anything else, including NaN and infinities. Separators are left to the reader of each field.
 */
export const asNumber = (found: unknown): number | undefined => {
  const plain = plainValue(found);
  if (typeof plain === 'number') return Number.isFinite(plain) ? plain : undefined;
  if (typeof plain === 'bigint') return Number(plain);
  if (typeof plain !== 'string' || plain.length > 60) return undefined;
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,2})?$/i.test(plain) ? Number(plain) : undefined;
};

/** The first reading with a value, otherwise the first with a warning. */
export const firstReadable = <Value>(...readings: readonly Reading<Value>[]): Reading<Value> =>
  readings.find((reading) => reading.value !== undefined) ??
  readings.find((reading) => reading.warning !== undefined) ??
  nothing;

/** A list, or one text with commas or semicolons between its parts; `undefined` for anything else. */
export const asList = (found: unknown): readonly unknown[] | undefined => {
  if (isMissing(found)) return [];
  if (Array.isArray(found)) return found;
  if (typeof found === 'string') return found.split(/[,;\n]/);
  return undefined;
};

/** The entry of a table under a name; `undefined` for `constructor` and whatever else every object inherits. */
export const entryOf = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** A table that has the same value under each of these words: `spelled('Annually', 'annual yearly')`. */
export const spelled = <Value>(value: Value, words: string): Readonly<Record<string, Value>> =>
  Object.fromEntries(words.split(' ').map((word) => [word, value]));

/** The form under which tables have a word: letters and digits only, in lower case. */
export const spelling = (found: string): string =>
  found
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9+]/g, '');
