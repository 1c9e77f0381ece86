import type { StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import { connectedDocuments, documentsThatShare } from './connected-documents.ts';
import { groupDocuments } from './group-documents.ts';
import { identifiedDocuments } from './identified-documents.ts';
import { clearMarks, extentOf } from './marks.ts';
import { moveDocuments } from './move-documents.ts';
import { identitiesOfStaff } from './staff.ts';

/**
 * Joins documents of a collection that are about the same thing into one record (see `groupDocuments`), splits those
 * that no longer are, and moves their pending work with them.
 *
 * It looks at the documents that are connected with what changed since it last ran (`ops.import_grouping_mark`); after
 * a first import, or if much has changed, at all documents that share an identity or a record. These must fit into memory, which
 * duplicates do.
 *
 * A document that gets another record's MLS number (e-mail address) moves to that record. If it was the last document
 * of its own record, that record ends, and `ops.import_merged` has the one that continues it. A document that no longer
 * shares any identity with the rest of its record continues on its own, as its former record if there was one;
 * `ops.import_split` has the records that a record's documents came from.
 */
export const regroup = async (db: AnyDatabase, collection: StagedCollection): Promise<void> => {
  await db.transaction().execute(async (transaction) => {
    const extent = await extentOf(transaction, collection);
    if (extent.what === 'nothing') return;
    const concerned =
      extent.what === 'all'
        ? await documentsThatShare(transaction, collection)
        : await connectedDocuments(transaction, collection, extent.marks);
    await groupAgain(transaction, collection, concerned);
    await clearMarks(transaction, collection, extent.snapshot);
  });
};

const groupAgain = async (
  db: AnyDatabase,
  collection: StagedCollection,
  concerned: readonly string[],
): Promise<void> => {
  if (concerned.length === 0) return;
  const documents = await identifiedDocuments(db, collection, concerned);
  const moves = groupDocuments(collection, documents, await identitiesOfStaff(db));
  if (moves.size === 0) return;
  const moved = documents.flatMap(({ legacyId, ownKey, recordKey: from }) => {
    const into = moves.get(legacyId);
    return into === undefined ? [] : [{ legacyId, from, into, merged: into !== ownKey }];
  });
  await moveDocuments(db, collection, moved);
};
