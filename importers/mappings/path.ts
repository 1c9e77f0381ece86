import { isMissing } from '../legacy/reading.ts';

/**
 * The value at a dotted path: `address.city`, `phones.0.number`. In a list, a name without an index is looked up in
 * every item, and gives a list: `contacts.email`. A name that itself contains a dot is found too. `undefined` if there
 * is nothing. Nothing that objects inherit is ever found.
 */
export const valueAt = (found: unknown, path: string): unknown =>
  path.includes('.') ? inside(found, path.split('.'), 0) : own(found, path);

const inside = (found: unknown, names: readonly string[], from: number): unknown => {
  if (from === names.length) return found;
  if (Array.isArray(found)) {
    if (/^\d{1,9}$/.test(names[from]!)) return inside(found[Number(names[from])], names, from + 1);
    const parts = found.map((item) => inside(item, names, from)).filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : parts.flat();
  }
  let name = '';
  let empty: unknown;
  for (let to = from; to < names.length; to++) {
    name += `${to === from ? '' : '.'}${names[to]}`;
    const value = inside(own(found, name), names, to + 1);
    if (!isMissing(value)) return value;
    empty ??= value;
  }
  return empty;
};

/** BSON's own types are values, not documents. */
const own = (found: unknown, name: string): unknown =>
  typeof found === 'object' &&
  found !== null &&
  !Array.isArray(found) &&
  Object.hasOwn(found, name) &&
  (!('_bsontype' in found) || Object.getPrototypeOf(found) === Object.prototype)
    ? (found as Readonly<Record<string, unknown>>)[name]
    : undefined;
