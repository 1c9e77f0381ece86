import { inUse, type Writing } from '../candidates/writing.ts';
import { type Edit, type RawDocument, rawAt } from '../edits.ts';
import { timeLike } from '../forms/dates.ts';
import { dateSlots } from '../paths-in-use.ts';

type Given = Omit<Writing, 'document'>;

/** The dates of a new document, where the others have theirs and as they write them. */
export const datesOfNew = (writing: Given, document: RawDocument, now: Date): readonly Edit[] =>
  dateSlots.flatMap((slot) => {
    const path = inUse({ ...writing, document }, slot);
    if (path === undefined || rawAt(document, path) !== undefined) return [];
    const order = writing.dateOrder(slot, path);
    return [{ path, value: timeLike(writing.bson, writing.example(path), now, order) ?? now }];
  });

/** The date of a document's last change, where it has one and as it writes it. */
export const dateOfChange = (
  { bson, pathsOf, dateOrder }: Given,
  document: RawDocument,
  now: Date,
): readonly Edit[] => {
  const path = pathsOf('updatedAt').find((other) => rawAt(document, other) !== undefined);
  if (path === undefined) return [];
  const value = timeLike(bson, rawAt(document, path), now, dateOrder('updatedAt', path));
  return value === undefined ? [] : [{ path, value }];
};
