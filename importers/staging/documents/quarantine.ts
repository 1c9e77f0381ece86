import { sql } from 'kysely';
import { storableText } from '../../../platform/database/storable.ts';
import type { AnyDatabase } from '../../database.ts';
import type { QuarantineReason } from '../../legacy/mapping.ts';

/** A document that could not become a record, as quarantine keeps it. */
export type QuarantinedDocument = QuarantineReason & {
  /**
   * Its legacy ID; `content:<hash>` for a document without one, `<id> content:<hash>` if another document has the same
   * ID.
   */
  readonly documentKey: string;
  readonly legacyId: string | null;
  readonly place: string;
  /** Canonical Extended JSON. */
  readonly raw: string;
  readonly contentHash: string;
};

/**
 * Puts documents into quarantine with the reason. A document that is already there gets the present reason and content.
 */
export const keepInQuarantine = async (
  db: AnyDatabase,
  collection: string,
  documents: readonly QuarantinedDocument[],
  now: Date,
): Promise<void> => {
  if (documents.length === 0) return;
  const latest = new Map(documents.map((document) => [document.documentKey, document]));
  const rows = [...latest.values()];
  const texts = (of: (document: QuarantinedDocument) => string) => rows.map((document) => storableText(of(document)));
  await sql`
    insert into ops.quarantine as q
      (collection, document_key, legacy_id, place, code, path, reason, raw, content_hash, first_seen_at, last_seen_at)
    select ${collection}, document_key, legacy_id, place, code, path, reason, raw::json, content_hash,
      ${now}::timestamptz, ${now}::timestamptz
    from unnest(
      ${texts(({ documentKey }) => documentKey)}::text[],
      ${rows.map(({ legacyId }) => (legacyId === null ? null : storableText(legacyId)))}::text[],
      ${texts(({ place }) => place)}::text[], ${texts(({ code }) => code)}::text[], ${texts(({ path }) => path)}::text[],
      ${texts(({ reason }) => reason)}::text[],
      -- not as one JSON document: PostgreSQL would parse them and reject what its text type cannot hold
      ${rows.map(({ raw }) => raw)}::text[], ${texts(({ contentHash }) => contentHash)}::text[]
    ) as x (document_key, legacy_id, place, code, path, reason, raw, content_hash)
    on conflict (collection, document_key) do update set
      place = excluded.place, code = excluded.code, path = excluded.path, reason = excluded.reason, raw = excluded.raw,
      content_hash = excluded.content_hash, last_seen_at = excluded.last_seen_at, resolved_at = null`.execute(db);
};

/** Removes documents that are fine now from quarantine. */
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
