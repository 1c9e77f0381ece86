/** A document as it was last staged. */
export type StagedDocument = {
  readonly contentHash: string;
  readonly pastHashes: readonly string[];
  /** The document's own date, ISO 8601. */
  readonly updatedAt: string | undefined;
};

export type Classified = 'new' | 'same' | 'older' | 'changed';

/**
 * Compares a document with the last staged one of the same ID. An older dump undoes nothing: the document counts as
 * older by `updatedAt` if both have one and they differ, otherwise if its content is one that the document used to
 * have.
 */
export const classify = (
  known: StagedDocument | undefined,
  found: { readonly contentHash: string; readonly updatedAt: string | undefined },
): Classified => {
  if (known === undefined) return 'new';
  if (known.contentHash === found.contentHash) return 'same';
  const [before, now] = [known.updatedAt, found.updatedAt];
  if (before !== undefined && now !== undefined && now !== before) return now < before ? 'older' : 'changed';
  return known.pastHashes.includes(found.contentHash) ? 'older' : 'changed';
};
