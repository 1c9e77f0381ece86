import { isTaken } from '../../../mappings/filter.ts';
import type { Condition, MappedCollection } from '../../../mappings/schema.ts';
import { edited, type RawDocument } from '../edits.ts';

/** A new document, and what has to stay so that the mapping takes it from its collection. */
export type Begun = {
  readonly document: RawDocument;
  /** Whether it still meets every condition that it met at the beginning; the others are up to its fields. */
  readonly isStillTaken: (document: RawDocument) => boolean;
};

/** Begins a document with the values that a collection's conditions ask for: of several, the first that meets all of them. */
export const beginDocument = (id: unknown, where: MappedCollection['where'] = []): Begun => {
  let document: RawDocument = { _id: id };
  for (const [path, condition] of where) {
    const aboutIt = where.filter(([other]) => other === path);
    for (const value of valuesOf(condition)) {
      const next = edited(document, [{ path, value }]);
      if (next === undefined || !isTaken(next, aboutIt)) continue;
      document = next;
      break;
    }
  }
  const met = where.filter((one) => isTaken(document, [one]));
  return { document, isStillTaken: (other) => isTaken(other, met) };
};

/** The values that meet a condition, as far as it names them. */
const valuesOf = (condition: Condition): readonly (string | number | boolean)[] =>
  [condition].flat().filter((value) => typeof value !== 'object');
