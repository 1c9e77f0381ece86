/** A document as it was staged last. */
export type StagedDocument = {
  readonly contentHash: string;
  readonly pastHashes: readonly string[];
  /** ISO 8601, by its own account. */
  readonly updatedAt: string | undefined;
};

export type Classified = 'new' | 'same' | 'older' | 'changed';

/**
 * What a document is against the one of the same id that is known. An older dump takes nothing back: by `updatedAt` where
 * both tell it apart, else by the content having been seen, and left, before.
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
