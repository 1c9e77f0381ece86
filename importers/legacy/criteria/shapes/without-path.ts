import { isDocument } from '../../reading.ts';

/**
 * A copy without what a mapping finds at a dotted path: in a list, in each of its items, unless the path has its number. What is
 * emptied by that goes too; `undefined` if nothing is left. The same if there is nothing at the path.
 */
export const withoutPath = (found: unknown, path: string): unknown => without(found, path.split('.'));

const without = (found: unknown, names: readonly string[]): unknown => {
  const [first, ...rest] = names;
  if (first === undefined) return undefined;
  if (Array.isArray(found)) {
    const only = /^\d{1,9}$/.test(first) ? Number(first) : undefined;
    // An item that goes leaves its place: the numbers of the others stay.
    const items = found.map((item, at) =>
      only === undefined ? without(item, names) : at === only ? without(item, rest) : item,
    );
    if (items.every((item, at) => item === found[at])) return found;
    return items.every((item) => item === undefined) ? undefined : items;
  }
  if (!isDocument(found)) return found;
  // A name may contain dots.
  for (let to = 1; to <= names.length; to++) {
    const name = names.slice(0, to).join('.');
    if (!Object.hasOwn(found, name)) continue;
    const left = without(found[name], names.slice(to));
    if (left === found[name]) continue;
    const entries = Object.entries(found).flatMap(([other, value]) =>
      other !== name ? [[other, value] as const] : left === undefined ? [] : [[other, left] as const],
    );
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  return found;
};
