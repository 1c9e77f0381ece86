/** A document as it was last staged. */
export type StagedDocument = {
  readonly contentHash: string;
  readonly pastHashes: readonly string[];
  /** The document's own date, ISO 8601. */
  readonly updatedAt: string | undefined;
  /** Its collection, if its fields depend on that. */
  readonly foundIn: string | undefined;
};

export type Classified = 'new' | 'same' | 'older' | 'changed';

/**
 * Compares a document with the last staged one of the same ID. An older dump undoes nothing: the document counts as
 * older by `updatedAt` if both have one and they differ, otherwise if its content is one that the document used to
 * have. One that moved to another collection has changed, if that says something about it.
 */
export const classify = (
  known: StagedDocument | undefined,
  found: Pick<StagedDocument, 'contentHash' | 'updatedAt' | 'foundIn'>,
): Classified => {
  if (known === undefined) return 'new';
  const hasMoved = known.foundIn !== undefined && found.foundIn !== undefined && known.foundIn !== found.foundIn;
  if (known.contentHash === found.contentHash && !hasMoved) return 'same';
  const [before, now] = [known.updatedAt, found.updatedAt];
  if (before !== undefined && now !== undefined && now !== before) return now < before ? 'older' : 'changed';
  return known.pastHashes.includes(pastHash(found)) ? 'older' : 'changed';
};

/** By which a former version of a document is recognised; see `writeDocuments`. */
const pastHash = ({ contentHash, foundIn }: Pick<StagedDocument, 'contentHash' | 'foundIn'>): string =>
  foundIn === undefined ? contentHash : `${contentHash} ${foundIn}`;
