import type { LegacyDocument } from '../legacy/looked.ts';
import { plainValue } from '../legacy/plain-value.ts';
import { isMissing } from '../legacy/reading.ts';
import { valueAt } from './path.ts';
import type { Condition, MappedCollection } from './schema.ts';

/** Whether a document is one of those that a mapping takes from a collection. A condition that a list meets by one item is met. */
export const isTaken = (document: LegacyDocument, where: MappedCollection['where']): boolean =>
  where === undefined || where.every(([path, condition]) => meets(valueAt(document, path), condition));

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
