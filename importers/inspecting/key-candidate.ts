import { type FoundIds, foundIds, idName } from './references-found.ts';

/** The values of one path, for as long as each document might have one of its own. */
export type KeyCandidate = {
  add(found: unknown): void;
  /** The values, if nearly all differ; `undefined` if they are not codes or repeat. */
  ids(): FoundIds | undefined;
};

/** After so many values most paths are known not to be keys, and need no more memory. */
const firstLook = 50;
const mostDiffer = 0.9;
/** Of larger collections only the first ones are known: two megabytes for each path. */
const maxKeys = 500_000;

/** For a code, a number or an e-mail address; neither texts of several words nor dates nor amounts are ever keys. */
export const keyCandidate = (): KeyCandidate => {
  let ids: FoundIds | undefined;
  let ruledOut = false;
  let [added, others] = [0, 0];
  return {
    add(found) {
      // The addresses in it are added one by one.
      if (ruledOut || isListOfAddresses(found)) return;
      const name = isCode(found) ? idName(found) : undefined;
      if (name === undefined) others++;
      else {
        added++;
        ids ??= foundIds(maxKeys);
        ids.add(name);
      }
      if (added + others !== firstLook && added + others !== 20 * firstLook) return;
      if (others > added * (1 - mostDiffer) || ids === undefined || ids.distinct() < mostDiffer) {
        ruledOut = true;
        ids = undefined;
      }
    },
    ids: () => (ids !== undefined && others <= added && ids.distinct() >= mostDiffer ? ids : undefined),
  };
};

const isListOfAddresses = (found: unknown): boolean =>
  Array.isArray(found) && found.length > 0 && found.every((item) => typeof item === 'string' && item.includes('@'));

const isCode = (found: unknown): boolean => {
  if (typeof found === 'number') return Number.isInteger(found);
  if (typeof found !== 'string') return typeof found === 'object' && found !== null && '_bsontype' in found;
  return /^\S{2,60}$/.test(found.trim()) && !/^\d{4}-\d\d-\d\d|^https?:/i.test(found);
};
