/** A document that shares an identity with another one. */
export type IdentityRow = {
  readonly identity: string;
  readonly legacyId: string;
  readonly recordKey: string;
  /** Whether the record exists. */
  readonly applied: boolean;
  /** Whether it was folded into the record of another document before. */
  readonly merged: boolean;
  /** ISO 8601. */
  readonly createdAt: string | null;
};

/**
 * Which documents tell of one thing: those that share an identity, also by way of a third. A weak identity (`~`) joins only
 * documents that have no more than one strong identity between them. The first document (by its creation, then its id) gives
 * the record its key; where some of them have records already, the first of those that began one. So the key is the same
 * whether they came to tell of one thing before they were first imported or after.
 *
 * @param mergeRecords whether documents of records that exist move as well
 * @returns the new record key of each document that has to move, by legacy id
 */
export const groupByIdentity = (rows: readonly IdentityRow[], mergeRecords: boolean): ReadonlyMap<string, string> => {
  const documents = new Map<string, IdentityRow>();
  const sharing = new Map<string, string[]>();
  const strong = new Map<string, string>();
  for (const row of rows) {
    documents.set(row.legacyId, row);
    sharing.set(row.identity, [...(sharing.get(row.identity) ?? []), row.legacyId]);
    if (!isWeak(row.identity)) strong.set(row.legacyId, row.identity);
  }
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    for (let at = id; at !== root; ) {
      const next = parents.get(at)!;
      parents.set(at, root);
      at = next;
    }
    return root;
  };
  const join = (left: string, right: string) => {
    const [a, b] = [rootOf(left), rootOf(right)];
    if (a === b) return;
    const [first, second] = comesBefore(documents.get(a)!, documents.get(b)!) ? [a, b] : [b, a];
    parents.set(second, first);
  };
  for (const [identity, ids] of sharing) {
    if (isWeak(identity) && new Set(ids.flatMap((id) => strong.get(id) ?? [])).size > 1) continue;
    for (const id of ids.slice(1)) join(ids[0]!, id);
  }
  const moves = new Map<string, string>();
  for (const document of documents.values()) {
    const { recordKey } = documents.get(rootOf(document.legacyId))!;
    if ((mergeRecords || !document.applied) && document.recordKey !== recordKey)
      moves.set(document.legacyId, recordKey);
  }
  return moves;
};

export const isWeak = (identity: string): boolean => identity.startsWith('~');

const comesBefore = (a: IdentityRow, b: IdentityRow): boolean => {
  if (a.applied !== b.applied) return a.applied;
  if (a.merged !== b.merged) return b.merged;
  const [left, right] = [a.createdAt ?? '~', b.createdAt ?? '~'];
  return left === right ? a.legacyId < b.legacyId : left < right;
};
