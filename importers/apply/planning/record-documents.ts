import type { PendingRecord, RecordDocument } from '../load-pending.ts';

/**
 * Whether a record's documents are unchanged and were only read again, by newer readers. Then differences are
 * corrections of what was recorded wrongly, and did not happen now. If another of its documents did change, the two
 * cannot be told apart, and it counts as a change.
 */
export const onlyReadAgain = ({ applied, documents }: PendingRecord): boolean => {
  const latest = Math.max(...documents.map(({ importRunId }) => Number(importRunId)));
  const written = documents.filter(({ importRunId }) => Number(importRunId) === latest);
  return applied !== undefined && written.length > 0 && written.every(({ readAgain }) => readAgain);
};

/** The latest `updatedAt` of a record's documents, if any. */
export const latestUpdate = (documents: readonly RecordDocument[]): string | undefined =>
  greatest(documents.flatMap(({ updatedAt }) => updatedAt ?? []));

const greatest = (times: readonly string[]) =>
  times.reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);

/** The fields with which a record begins, last modified when its documents were, if any of them says when. */
export const asModified = <Fields extends object>(
  fields: Fields,
  documents: readonly RecordDocument[],
): Fields & { readonly modificationTimestamp?: string } => {
  const updatedAt = latestUpdate(documents);
  return updatedAt === undefined ? fields : { ...fields, modificationTimestamp: updatedAt };
};

/** The documents of the record that are no longer in its latest state: they belong to another record now. */
export const documentsThatLeft = (
  known: { readonly legacyIds?: readonly string[] | null },
  now: { readonly legacyIds?: readonly string[] | null },
): string[] => (known.legacyIds ?? []).filter((id) => !(now.legacyIds ?? []).includes(id));
