import { hash } from 'node:crypto';
import { storableText } from '../../../platform/database/storable.ts';
import type { Reference } from '../../legacy/fields/ids/reference.ts';
import { namesLookedUp } from './find-documents.ts';

/** The collections that references point to. */
export type Referenced = 'users' | 'contacts' | 'properties' | 'savedsearches';

/** Stands for a name in a collection, in 48 bits. */
export const numberOf = (collection: Referenced, name: string): number =>
  hash('sha1', `${collection}/${storableText(name)}`, 'buffer').readUIntBE(0, 6);

/**
 * The names by which references are looked up, as ascending numbers. Only if something changes under one of them can a reference
 * find something else.
 */
export const waitsFor = (
  references: Readonly<Partial<Record<Referenced, Reference | null | undefined>>>,
): readonly number[] => {
  const numbers = Object.entries(references).flatMap(([collection, reference]) =>
    reference == null ? [] : namesLookedUp(reference).map((name) => numberOf(collection as Referenced, name)),
  );
  return [...new Set(numbers)].sort((one, other) => one - other);
};
