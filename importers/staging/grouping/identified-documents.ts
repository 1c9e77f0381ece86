import { sql } from 'kysely';
import { collectionPlans, recordKeyOf, type StagedCollection, spareKeyOf } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import type { IdentifiedHome } from './same-home.ts';
import type { IdentifiedPerson } from './second-agreement.ts';

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

/** Documents with everything that grouping needs to decide which of them are one record. */
export const identifiedDocuments = async (
  db: AnyDatabase,
  collection: StagedCollection,
  legacyIds: readonly string[],
): Promise<readonly (IdentifiedHome & IdentifiedPerson)[]> => {
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
  return rows.map((row) => ({
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
};
