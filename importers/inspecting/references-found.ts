import { namesOf } from '../../domain/identity/legacy-id.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';

/** The `_id`s of a collection, as hashes of their names: four bytes each. */
export type FoundIds = {
  add(found: unknown): void;
  has(name: string): boolean;
};

/** Of larger collections only the first ones are known. */
const maxIds = 4_000_000;

export const foundIds = (): FoundIds => {
  let hashes = new Uint32Array(1024);
  let count = 0;
  let sorted = true;
  return {
    add(found) {
      const name = idName(found);
      if (name === undefined || count === maxIds) return;
      if (count === hashes.length) {
        const more = new Uint32Array(2 * count);
        more.set(hashes);
        hashes = more;
      }
      hashes[count++] = hashOf(name);
      sorted = false;
    },
    has(name) {
      if (!sorted) hashes.subarray(0, count).sort();
      sorted = true;
      return holds(hashes, count, hashOf(name));
    },
  };
};

const holds = (hashes: Uint32Array, count: number, wanted: number): boolean => {
  let [from, to] = [0, count];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (hashes[middle]! < wanted) from = middle + 1;
    else to = middle;
  }
  return from < count && hashes[from] === wanted;
};

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv). */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
};

/** What a value is called if it is an ID, however it is written: `17` and `"17"` are the same. */
export const idName = (found: unknown): string | undefined => {
  if (found instanceof Date || typeof found === 'boolean' || Array.isArray(found)) return undefined;
  if (typeof found === 'string' && found.length > 60) return undefined;
  const key = documentKey(found);
  return key === undefined || key.startsWith('{') ? undefined : namesOf(key)[0];
};

/** The share of these names that a collection has as `_id`s from which they count as references to it. */
const mostOfThem = 0.6;

/** The collections whose `_id`s a path's values are, the surest first. */
export const referredTo = (
  names: ReadonlySet<string>,
  collections: readonly { readonly name: string; readonly ids: FoundIds }[],
): readonly string[] =>
  names.size === 0
    ? []
    : collections
        .map(({ name, ids }) => ({ name, share: [...names].filter((one) => ids.has(one)).length / names.size }))
        .filter(({ share }) => share >= mostOfThem)
        .sort((a, b) => b.share - a.share)
        .map(({ name }) => name);
