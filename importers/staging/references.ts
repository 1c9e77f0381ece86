import { sql } from 'kysely';
import type { StagedCollection } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';
import type { Reference } from '../legacy/fields/reference.ts';

/** Who is who at the brokerage, by the old CRM's references. A brokerage's people fit into memory. */
export type AgentDirectory = { keyOf(reference: Reference | undefined | null): string | undefined };

/** All agents that were staged, by legacy id and by each of their e-mail addresses. */
export const loadAgentDirectory = async (db: AnyDatabase): Promise<AgentDirectory> => {
  const { rows } = await sql<{ legacy_id: string; record_key: string; identities: string[] }>`
    select legacy_id, record_key, identities from ops.import_document
    where collection = 'users' and record_key is not null
    order by created_at nulls last, legacy_id`.execute(db);
  const keys = new Map<string, string>();
  for (const { legacy_id, record_key, identities } of rows) {
    for (const reference of [`id:${legacy_id}`, ...identities]) {
      if (!keys.has(reference)) keys.set(reference, record_key);
    }
  }
  return { keyOf: (reference) => (reference === undefined || reference === null ? undefined : keys.get(reference)) };
};

/** Documents that belong to one of these leads, and whom they say they belong to. */
export const documentsOfContacts = async (db: AnyDatabase, contactKeys: readonly string[]) => {
  const { rows } = await sql<{
    collection: StagedCollection;
    legacy_id: string;
    contact_key: string;
    contact_ref: Reference;
  }>`
    select collection, legacy_id, contact_key, contact_ref from ops.import_document
    where collection in ('savedsearches', 'leadassignments', 'activities') and contact_key = any (${contactKeys}::text[])
      and contact_ref is not null and record_key is not null`.execute(db);
  return rows;
};

/** The leads that these references point to, by reference. What points nowhere is not in the answer. */
export const resolveContacts = async (
  db: AnyDatabase,
  references: readonly Reference[],
): Promise<ReadonlyMap<Reference, string>> => {
  if (references.length === 0) return new Map();
  const { rows } = await sql<{ reference: Reference; record_key: string }>`
    select r.reference, d.record_key
    from unnest(${[...new Set(references)]}::text[]) as r (reference)
    join ops.import_document d on d.collection = 'contacts' and d.legacy_id = substr(r.reference, 4)
    where starts_with(r.reference, 'id:')
    union all
    select distinct on (r.reference) r.reference, d.record_key
    from unnest(${[...new Set(references)]}::text[]) as r (reference)
    join ops.import_identity i on i.collection = 'contacts' and i.identity = r.reference
    join ops.import_document d on d.collection = 'contacts' and d.legacy_id = i.legacy_id
    where starts_with(r.reference, 'email:')`.execute(db);
  return new Map(rows.map(({ reference, record_key }) => [reference, record_key]));
};
