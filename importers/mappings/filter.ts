import type { LegacyDocument } from '../legacy/looked.ts';
import { plainValue } from '../legacy/plain-value.ts';
import { isMissing } from '../legacy/reading.ts';
import { valueAt } from './path.ts';
import type { Condition, MappedCollection } from './schema.ts';

/** Whether a document is one of those that a mapping takes from a collection. A condition that a list meets by one item is met. */
export const isTaken = (document: LegacyDocument, where: MappedCollection['where']): boolean =>
  where === undefined || where.every(([path, condition]) => meets(valueAt(document, path), condition));

/** The same; a document on which the filter fails is not left out: its reader reports what is wrong with it. */
export const takes = (document: LegacyDocument, where: MappedCollection['where']): boolean => {
  try {
    return isTaken(document, where);
  } catch {
    return true;
  }
};

/**
 * Which of a mapping's collections a document is from, by the place where it was found (`homes.bson@1234`, `homes/5f…`);
 * `undefined` if it is from none of them. Of `crm` and `crm.old`, a place in the second is not one in the first.
 */
export const collectionAt = (place: string, collections: readonly MappedCollection[]): string | undefined => {
  let found: string | undefined;
  for (const { name } of collections) {
    const next = place.startsWith(name) ? place[name.length] : undefined;
    if ((next === '.' || next === '/') && name.length > (found?.length ?? -1)) found = name;
  }
  return found;
};

const meets = (found: unknown, condition: Condition): boolean => {
  if (Array.isArray(condition)) return condition.some((one) => equals(found, one));
  if (typeof condition !== 'object' || condition === null) return equals(found, condition);
  if ('exists' in condition) return isMissing(found) !== condition.exists;
  return !meets(found, condition.not);
};

const equals = (found: unknown, wanted: unknown): boolean => {
  if (wanted === null) return isMissing(found);
  if (Array.isArray(found)) return found.some((one) => equals(one, wanted));
  const plain = plainValue(found);
  return typeof plain === 'string' && typeof wanted === 'string'
    ? plain.toLowerCase() === wanted.trim().toLowerCase()
    : plain === wanted;
};
