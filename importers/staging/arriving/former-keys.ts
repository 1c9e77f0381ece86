import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import type { Arrival } from './arrival.ts';

/**
 * Gives documents in the ledger the keys that this release uses. Older releases did not distinguish a text ID from a
 * number or an ObjectId that is written the same, so the document is the one in the ledger only if its content is the
 * same, or it was created at the same time. Otherwise every such document would count as new: a saved search would
 * exist twice, and its buyer would be sent everything twice.
 *
 * What was applied is renamed as well, so that a new spelling does not cause events.
 */
export const takeOverFormerKeys = async (
  db: AnyDatabase,
  collection: string,
  aggregate: string,
  arrivals: readonly Arrival[],
  runId: string,
): Promise<void> => {
  const names = arrivals.flatMap(({ legacyId, formerId, contentHash, times: { createdAt } }) =>
    legacyId === undefined || formerId === undefined ? [] : [{ legacyId, formerId, contentHash, createdAt }],
  );
  if (names.length === 0) return;
  const { rows: found } = await sql<{ former: string; now: string }>`
    select d.legacy_id as former, x."legacyId" as now
    from json_to_recordset(${JSON.stringify(names)}::json)
        as x ("legacyId" text, "formerId" text, "contentHash" text, "createdAt" timestamptz)
      join ops.import_document d on d.collection = ${collection} and d.legacy_id = x."formerId"
    where d.import_run_id <> ${runId}::bigint
      and (d.content_hash = x."contentHash" or d.created_at = x."createdAt")
      and not exists (
        select from ops.import_document n where n.collection = ${collection} and n.legacy_id = x."legacyId")`.execute(
    db,
  );
  if (found.length === 0) return;
  const pairs = sql`unnest(${found.map(({ former }) => former)}::text[], ${found.map(({ now }) => now)}::text[])
    as x (former, now)`;
  await db.transaction().execute(async (trx) => {
    for (const statement of [
      sql`update ops.import_record r
        set applied = replace(r.applied::text, to_json(${collection} || '/' || x.former)::text,
          to_json(${collection} || '/' || x.now)::text)::json
        from ${pairs} join ops.import_document d on d.collection = ${collection} and d.legacy_id = x.former
        where r.aggregate = ${aggregate} and r.record_key = d.record_key`,
      sql`update ops.import_document d set legacy_id = x.now from ${pairs}
        where d.collection = ${collection} and d.legacy_id = x.former`,
      sql`update ops.import_identity i set legacy_id = x.now from ${pairs}
        where i.collection = ${collection} and i.legacy_id = x.former`,
      sql`update ops.import_kept_apart k set legacy_id = x.now from ${pairs}
        where k.collection = ${collection} and k.legacy_id = x.former`,
      sql`update ops.quarantine q set document_key = x.now, legacy_id = x.now from ${pairs}
        where q.collection = ${collection} and q.document_key = x.former and q.content_hash in (
          select content_hash from ops.import_document d where d.collection = ${collection} and d.legacy_id = x.now)`,
      ...(collection === 'contacts'
        ? [
            sql`update ops.import_address a set legacy_id = x.now from ${pairs} where a.legacy_id = x.former`,
            // An opt-out under the old key counts for both documents.
            sql`insert into ops.import_opt_out (identity, place, first_seen_at, statement)
              select 'id:' || x.now, o.place, o.first_seen_at, o.statement
              from ${pairs} join ops.import_opt_out o on o.identity = 'id:' || x.former
              on conflict do nothing`,
          ]
        : []),
    ])
      await statement.execute(trx);
  });
};
