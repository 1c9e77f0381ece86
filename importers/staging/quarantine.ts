import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';
import type { QuarantineReason } from '../legacy/mapping.ts';

/** A document that could not become a record, as it is kept. */
export type QuarantinedDocument = QuarantineReason & {
  /** Its legacy id; of a document without one, `content:<hash>`. */
  readonly documentKey: string;
  readonly legacyId: string | null;
  readonly place: string;
  /** Canonical Extended JSON. */
  readonly raw: string;
  readonly contentHash: string;
};

/** Keeps documents with the reason; one that is there already is seen again, with today's reason and content. */
export const keepInQuarantine = async (
  db: AnyDatabase,
  collection: string,
  documents: readonly QuarantinedDocument[],
  now: Date,
): Promise<void> => {
  if (documents.length === 0) return;
  const latest = new Map(documents.map((document) => [document.documentKey, document]));
  const rows = [...latest.values()].map(({ raw, ...row }) => `${JSON.stringify(row).slice(0, -1)},"raw":${raw}}`);
  await sql`
    insert into ops.quarantine as q
      (collection, document_key, legacy_id, place, code, path, reason, raw, content_hash, first_seen_at, last_seen_at)
    select ${collection}, "documentKey", "legacyId", place, code, path, reason, raw, "contentHash",
      ${now}::timestamptz, ${now}::timestamptz
    from json_to_recordset(${`[${rows.join(',')}]`}::json) as x (
      "documentKey" text, "legacyId" text, place text, code text, path text, reason text, raw json, "contentHash" text)
    on conflict (collection, document_key) do update set
      place = excluded.place, code = excluded.code, path = excluded.path, reason = excluded.reason, raw = excluded.raw,
      content_hash = excluded.content_hash, last_seen_at = excluded.last_seen_at, resolved_at = null`.execute(db);
};

/** Documents that are fine now leave the quarantine. */
export const leaveQuarantine = async (
  db: AnyDatabase,
  collection: string,
  documentKeys: readonly string[],
  now: Date,
): Promise<void> => {
  if (documentKeys.length === 0) return;
  await sql`
    update ops.quarantine set resolved_at = ${now}::timestamptz
    where collection = ${collection} and document_key = any (${documentKeys}::text[]) and resolved_at is null
  `.execute(db);
};

/** How many documents of a collection wait in quarantine. */
export const countQuarantined = async (db: AnyDatabase, collection: string): Promise<number> => {
  const { rows } = await sql<{ waiting: string }>`
    select count(*) as waiting from ops.quarantine where collection = ${collection} and resolved_at is null`.execute(
    db,
  );
  return Number(rows[0]?.waiting ?? 0);
};
