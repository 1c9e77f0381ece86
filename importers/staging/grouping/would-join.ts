import type { StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import { connectedDocuments } from './connected-documents.ts';
import { groupDocuments } from './group-documents.ts';
import { identifiedDocuments } from './identified-documents.ts';
import { identitiesOfStaff } from './staff.ts';

/** The identifying values of a record's documents once a correction is written into them. */
export type Recognised = {
  /** Identities that the correction removes, and those that it adds. */
  readonly gone: readonly string[];
  readonly given: readonly string[];
  /** What else is compared, where it is corrected. */
  readonly as: {
    readonly firstName?: string | null;
    readonly lastName?: string | null;
    readonly phone?: string | null;
    readonly address?: string | null;
  };
};

/** Records that become one, and which of them continues. */
export type Joining = { readonly continues: string; readonly others: readonly string[] };

/**
 * The records that corrected ones would be joined with, by the rule that groups documents, once the corrections are written into
 * their documents. Nothing is changed.
 * @param corrected by record key
 */
export const wouldJoin = async (
  db: AnyDatabase,
  collection: StagedCollection,
  corrected: ReadonlyMap<string, Recognised>,
): Promise<ReadonlyMap<string, Joining>> => {
  const marks = [...corrected].flatMap(([key, { given }]) => [
    { kind: 'record' as const, key },
    ...given.map((identity) => ({ kind: 'identity' as const, key: identity })),
  ]);
  const documents = await identifiedDocuments(db, collection, await connectedDocuments(db, collection, marks));
  const written = documents.map((document) => {
    const to = corrected.get(document.recordKey);
    if (to === undefined) return document;
    const kept = document.identities.filter((identity) => !to.gone.includes(identity));
    return { ...document, ...to.as, identities: [...new Set([...kept, ...to.given])] };
  });
  const moves = groupDocuments(collection, written, await identitiesOfStaff(db));
  const before = new Map<string, Set<string>>();
  const into = new Map<string, Set<string>>();
  for (const { legacyId, recordKey } of documents) {
    const after = moves.get(legacyId) ?? recordKey;
    before.set(after, (before.get(after) ?? new Set()).add(recordKey));
    if (corrected.has(recordKey)) into.set(recordKey, (into.get(recordKey) ?? new Set()).add(after));
  }
  const joining = new Map<string, Joining>();
  for (const [key, after] of into) {
    for (const continues of after) {
      const others = [...before.get(continues)!].filter((other) => other !== key);
      if (others.length > 0) joining.set(key, { continues, others });
    }
  }
  return joining;
};
