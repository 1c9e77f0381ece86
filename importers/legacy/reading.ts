/**
 * What a legacy value says. Without a value there is nothing to say; a warning tells that there was something that could
 * not be understood, or only in part.
 */
export type Reading<Value> = { readonly value?: Value; readonly warning?: string };

export const nothing: Reading<never> = {};
export const understood = <Value>(value: Value, warning?: string): Reading<Value> =>
  warning === undefined ? { value } : { value, warning };
export const unclear = (warning: string): Reading<never> => ({ warning });

/** `undefined`, `null` and blank text: the field was left out, in one of the old CRM's ways. */
export const isMissing = (found: unknown): boolean =>
  found === undefined || found === null || (typeof found === 'string' && found.trim() === '');

/** A plain embedded document: not a list, not one of BSON's own types. */
export const isDocument = (found: unknown): found is Record<string, unknown> =>
  typeof found === 'object' &&
  found !== null &&
  !Array.isArray(found) &&
  !('_bsontype' in found) &&
  !(found instanceof Date);

/**
 * A number as BSON may hold it (a double, a 64-bit integer, a decimal) or as digits in text. `undefined` for anything else,
 * NaN and infinities among it.
 */
export const asNumber = (found: unknown): number | undefined => {
  if (typeof found === 'number') return Number.isFinite(found) ? found : undefined;
  if (typeof found === 'bigint') return Number(found);
  if (typeof found === 'string') return /^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$/.test(found) ? Number(found) : undefined;
  if (typeof found === 'object' && found !== null && '_bsontype' in found) {
    return /^(Long|Int32|Double|Decimal128)$/.test(String(found._bsontype)) ? asNumber(String(found)) : undefined;
  }
  return undefined;
};

/** The first of several readings that says something; else the first that warns. */
export const firstReadable = <Value>(...readings: readonly Reading<Value>[]): Reading<Value> =>
  readings.find((reading) => reading.value !== undefined) ??
  readings.find((reading) => reading.warning !== undefined) ??
  nothing;

/** A list, or one text with commas (or semicolons) between its parts; anything else is no list. */
export const asList = (found: unknown): readonly unknown[] | undefined => {
  if (isMissing(found)) return [];
  if (Array.isArray(found)) return found;
  if (typeof found === 'string') return found.split(/[,;\n]/);
  return undefined;
};

/** What a table has under a name; nothing for `constructor` and whatever else every object has. */
export const entryOf = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** What stands for a spelling when tables are looked up: letters and digits only, small. */
export const spelling = (found: string): string =>
  found
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9+]/g, '');
