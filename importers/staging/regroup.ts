import { sql } from 'kysely';
import { collectionPlans, type StagedCollection } from '../collections.ts';
import type { AnyDatabase } from '../database.ts';
import { groupByIdentity } from './group.ts';

type Row = { identity: string; legacy_id: string; record_key: string; applied: boolean; created_at: Date | null };

/**
 * Joins the documents of a collection that tell of one thing into one record (see `groupByIdentity`), and what is pending
 * with them. Only documents that share an identity are looked at; they must fit into memory, which duplicates do.
 */
export const regroup = async (db: AnyDatabase, collection: StagedCollection): Promise<void> => {
  const { aggregate } = collectionPlans[collection];
  const { rows } = await sql<Row>`
    with shared as (
      select identity from ops.import_identity where collection = ${collection} group by identity having count(*) > 1
    ), sharing as (
      select distinct i.legacy_id from ops.import_identity i join shared using (identity) where i.collection = ${collection}
    )
    select i.identity, d.legacy_id, d.record_key, r.record_key is not null as applied, d.created_at
    from sharing s
    join ops.import_document d on d.collection = ${collection} and d.legacy_id = s.legacy_id
    cross join lateral unnest(d.identities) as i (identity)
    left join ops.import_record r on r.aggregate = ${aggregate} and r.record_key = d.record_key
    order by i.identity, d.legacy_id`.execute(db);
  const moves = groupByIdentity(
    rows.map((row) => ({
      identity: row.identity,
      legacyId: row.legacy_id,
      recordKey: row.record_key,
      applied: row.applied,
      createdAt: row.created_at?.toISOString() ?? null,
    })),
  );
  if (moves.size === 0) return;
  const before = new Map(rows.map((row) => [row.legacy_id, row.record_key]));
  const left = [...moves.keys()].map((legacyId) => before.get(legacyId)!);
  await db.transaction().execute(async (transaction) => {
    await sql`
      update ops.import_document d set record_key = x.record_key, merged = true
      from unnest(${[...moves.keys()]}::text[], ${[...moves.values()]}::text[]) as x (legacy_id, record_key)
      where d.collection = ${collection} and d.legacy_id = x.legacy_id`.execute(transaction);
    await sql`
      delete from ops.import_pending where aggregate = ${aggregate} and record_key = any (${left}::text[])
        and not exists (select from ops.import_document d where d.record_key = import_pending.record_key)
    `.execute(transaction);
    await sql`
      insert into ops.import_pending (aggregate, record_key)
      select distinct ${aggregate}, record_key from unnest(${[...moves.values()]}::text[]) as x (record_key)
      on conflict do nothing`.execute(transaction);
  });
};
