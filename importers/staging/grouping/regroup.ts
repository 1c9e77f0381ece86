import { sql } from 'kysely';
import { collectionPlans, recordKeyOf, type StagedCollection, spareKeyOf } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import { connectedDocuments, documentsThatShare } from './connected-documents.ts';
import { groupDocuments } from './group-documents.ts';
import { clearMarks, extentOf } from './marks.ts';
import { moveDocuments } from './move-documents.ts';
import { identitiesOfStaff } from './staff.ts';

type Row = {
  identities: string[];
  legacy_id: string;
  record_key: string;
  applied: boolean;
  created_at: Date | null;
  first_name: string | null;
  last_name: string | null;
  phone: string | null;
  address: string | null;
  apart: string[];
};

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
  const documents = (await load(db, collection, concerned)).map((row) => ({
    legacyId: row.legacy_id,
    identities: row.identities,
    recordKey: row.record_key,
    ownKey: recordKeyOf(collection, row.legacy_id),
    spareKey: spareKeyOf(collection, row.legacy_id),
    applied: row.applied,
    createdAt: row.created_at?.toISOString() ?? null,
    firstName: row.first_name,
    lastName: row.last_name,
    phone: row.phone,
    address: row.address,
    apart: row.apart,
  }));
  const moves = groupDocuments(collection, documents, await identitiesOfStaff(db));
  if (moves.size === 0) return;
  const moved = documents.flatMap(({ legacyId, ownKey, recordKey: from }) => {
    const into = moves.get(legacyId);
    return into === undefined ? [] : [{ legacyId, from, into, merged: into !== ownKey }];
  });
  await moveDocuments(db, collection, moved);
};

const load = async (
  db: AnyDatabase,
  collection: StagedCollection,
  legacyIds: readonly string[],
): Promise<readonly Row[]> => {
  const { aggregate } = collectionPlans[collection];
  const { rows } = await sql<Row>`
    select d.identities, d.legacy_id, d.record_key, r.record_key is not null as applied, d.created_at,
      coalesce(d.payload -> 'fields' ->> 'firstName', d.payload -> 'fields' ->> 'memberFullName') as first_name,
      d.payload -> 'fields' ->> 'lastName' as last_name,
      coalesce(d.payload -> 'fields' ->> 'mobilePhone', d.payload -> 'fields' ->> 'memberMobilePhone') as phone,
      d.payload -> 'fields' ->> 'unparsedAddress' as address,
      array(select k.split_id || case when k.leaves_yn then ' leaves' else ' stays' end from ops.import_kept_apart k
        where k.collection = d.collection and k.legacy_id = d.legacy_id) as apart
    from unnest(${legacyIds}::text[]) as concerned (legacy_id)
    join ops.import_document d on d.collection = ${collection} and d.legacy_id = concerned.legacy_id
    left join ops.import_record r on r.aggregate = ${aggregate} and r.record_key = d.record_key
    where d.record_key is not null`.execute(db);
  return rows;
};
