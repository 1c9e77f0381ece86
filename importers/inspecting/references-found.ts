import { namesOf } from '../../domain/identity/legacy-id.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';

/** Values by which documents may be referred to (`_id`s, codes, e-mail addresses), as hashes of their names: four bytes each. */
export type FoundIds = {
  add(name: string): void;
  has(name: string): boolean;
  /** Of the values added, the share that differ from all others. */
  distinct(): number;
  /** Of some of the values, the share that others have too. */
  shareIn(others: FoundIds): number;
  /** Whether a value with this hash was added. */
  hasHash(hash: number): boolean;
};

/** Enough to tell a copy of a collection. */
const mostCompared = 1_000;

/** Of larger collections only the first ones are known. */
const maxIds = 4_000_000;

export const foundIds = (most = maxIds): FoundIds => {
  let hashes = new Uint32Array(1024);
  let count = 0;
  let sorted = true;
  const sort = () => {
    if (!sorted) hashes.subarray(0, count).sort();
    sorted = true;
  };
  const hasHash = (hash: number) => {
    sort();
    return holds(hashes, count, hash);
  };
  return {
    add(name) {
      if (count === most) return;
      if (count === hashes.length) {
        const more = new Uint32Array(2 * count);
        more.set(hashes);
        hashes = more;
      }
      hashes[count++] = hashOf(name);
      sorted = false;
    },
    has: (name) => hasHash(hashOf(name)),
    hasHash,
    shareIn(others) {
      sort();
      const step = Math.max(1, Math.floor(count / mostCompared));
      let [compared, shared] = [0, 0];
      for (let at = 0; at < count; at += step) {
        compared++;
        if (others.hasHash(hashes[at]!)) shared++;
      }
      return compared === 0 ? 0 : shared / compared;
    },
    distinct() {
      sort();
      let different = 0;
      for (let at = 0; at < count; at++) if (at === 0 || hashes[at] !== hashes[at - 1]) different++;
      return count === 0 ? 0 : different / count;
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

/** What a value is called if it is an ID, however it is written: `17` and `"17"` are the same, and so are `RX-1` and `rx-1`. */
export const idName = (found: unknown): string | undefined => {
  if (found instanceof Date || typeof found === 'boolean' || Array.isArray(found)) return undefined;
  if (typeof found === 'string' && found.length > 60) return undefined;
  const key = documentKey(found);
  return key === undefined || key.startsWith('{') ? undefined : namesOf(key)[0]!.toLowerCase();
};

/** A path whose values other documents have too: `_id`, or a code or e-mail address that each document has only once. */
export type Target = {
  /** The name of the collection, or of the part of one (see `labelOf`). */
  readonly in: string;
  readonly path: string;
  /** Of a sample of the values that refer, the share found there. */
  readonly share: number;
};

/** What a collection, or a part of one, can be referred to by. */
export type Referable = {
  readonly label: string;
  /** By path; `_id` is one of them. */
  readonly keys: ReadonlyMap<string, FoundIds>;
};

/** Of a type that has several collections, each may have only some of the documents that are referred to. */
const someOfThem = 0.15;

/**
 * What a path's values equal, the surest first, and `_id` before other paths.
 *
 * @param names some of its values, as `idName` calls them
 * @param within the collection (or part of one) that it is in: what its own documents repeat is no reference
 */
export const referredTo = (names: ReadonlySet<string>, within: string, all: readonly Referable[]): readonly Target[] =>
  all
    .flatMap(({ label, keys }) =>
      [...keys].flatMap(([path, ids]): Target[] => {
        if (path !== '_id' && label === within) return [];
        const share = shareIn(ids, [...names]);
        return share < someOfThem ? [] : [{ in: label, path, share }];
      }),
    )
    .sort((a, b) => b.share - a.share || Number(b.path === '_id') - Number(a.path === '_id'))
    .slice(0, 20);

/** Most paths have nothing in common, which the first few values show. */
const firstLook = 20;

const shareIn = (ids: FoundIds, names: readonly string[]): number => {
  if (!names.slice(0, firstLook).some((name) => ids.has(name))) return 0;
  return names.filter((name) => ids.has(name)).length / names.length;
};
