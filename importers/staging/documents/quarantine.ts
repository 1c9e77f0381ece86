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
  /** Its record was refused when it was applied: `raw` is then the document in our terms. */
  readonly refused?: true;
  readonly contentHash: string;
};

/** The run that sets documents aside. */
export type InRun = { readonly runId: string; readonly now: Date };

/**
 * Puts documents into quarantine with the reason. A document that is already there gets the present reason and content;
 * if someone dismissed it, it stays dismissed until its content changes, also if it was gone in between.
 *
 * @returns how many were not there before with this content
 */
export const keepInQuarantine = async (
  db: AnyDatabase,
  collection: string,
  documents: readonly QuarantinedDocument[],
  { runId, now, readers }: InRun & { readonly readers?: string },
): Promise<number> => {
  if (documents.length === 0) return 0;
  const latest = new Map(documents.map((document) => [document.documentKey, document]));
  const rows = [...latest.values()];
  const texts = (of: (document: QuarantinedDocument) => string) => rows.map((document) => storableText(of(document)));
  const { rows: kept } = await sql<{ attempts: number }>`
    insert into ops.quarantine as q
      (collection, document_key, legacy_id, place, code, path, reason, raw, content_hash, refused_yn, import_run_id,
       new_in_run, readers, first_seen_at, last_seen_at)
    select ${collection}, document_key, legacy_id, place, code, path, reason, raw::json, content_hash, refused,
      ${runId}::bigint, ${runId}::bigint, ${readers ?? null}, ${now}::timestamptz, ${now}::timestamptz
    from unnest(
      ${texts(({ documentKey }) => documentKey)}::text[],
      ${rows.map(({ legacyId }) => (legacyId === null ? null : storableText(legacyId)))}::text[],
      ${texts(({ place }) => place)}::text[], ${texts(({ code }) => code)}::text[], ${texts(({ path }) => path)}::text[],
      ${texts(({ reason }) => reason)}::text[],
      -- not as one JSON document: PostgreSQL would parse them and reject what its text type cannot hold
      ${rows.map(({ raw }) => raw)}::text[], ${texts(({ contentHash }) => contentHash)}::text[],
      ${rows.map(({ refused }) => refused === true)}::boolean[]
    ) as x (document_key, legacy_id, place, code, path, reason, raw, content_hash, refused)
    on conflict (collection, document_key) do update set
      place = excluded.place, code = excluded.code, path = excluded.path, reason = excluded.reason, raw = excluded.raw,
      content_hash = excluded.content_hash, last_seen_at = excluded.last_seen_at, resolved_at = null,
      refused_yn = excluded.refused_yn, import_run_id = excluded.import_run_id,
      readers = excluded.readers, missed_sweeps = 0, gone_at = null,
      new_in_run = case when q.content_hash = excluded.content_hash and q.resolved_at is null then q.new_in_run
        else excluded.new_in_run end,
      attempts = case when q.content_hash = excluded.content_hash and q.resolved_at is null then q.attempts + 1 else 1 end,
      dismissed_at = case when q.content_hash = excluded.content_hash and (q.resolved_at is null or q.gone_at is not null)
        then q.dismissed_at end
    returning q.attempts`.execute(db);
  return kept.filter(({ attempts }) => attempts === 1).length;
};

/**
 * Looks for documents that are in quarantine with this content, read by these readers: reading them again would put them
 * there again, unless that depends on other documents. Notes that they were seen.
 *
 * @returns their keys
 */
export const stillInQuarantine = async (
  db: AnyDatabase,
  collection: string,
  documents: readonly { readonly legacyId: string; readonly contentHash: string }[],
  { runId, now, readers }: InRun & { readonly readers: string },
): Promise<ReadonlySet<string>> => {
  if (documents.length === 0) return new Set();
  const { rows } = await sql<{ document_key: string }>`
    update ops.quarantine q set last_seen_at = ${now}::timestamptz, import_run_id = ${runId}::bigint, missed_sweeps = 0
    from unnest(
      ${documents.map(({ legacyId }) => legacyId)}::text[], ${documents.map(({ contentHash }) => contentHash)}::text[]
    ) as x (document_key, content_hash)
    where q.collection = ${collection} and q.document_key = x.document_key and q.content_hash = x.content_hash
      and q.resolved_at is null and not q.refused_yn and q.readers = ${readers} and q.code <> 'id-twice'
      and q.code !~ '^(contact|agent)-(not-found|ambiguous)$'
    returning q.document_key`.execute(db);
  return new Set(rows.map(({ document_key }) => document_key));
};

/** Removes documents that are fine now from quarantine; those whose records were refused only leave it when these are applied. */
export const leaveQuarantine = async (
  db: AnyDatabase,
  collection: string,
  documentKeys: readonly string[],
  now: Date,
): Promise<void> => {
  if (documentKeys.length === 0) return;
  await sql`
    update ops.quarantine set resolved_at = ${now}::timestamptz, gone_at = null
    where collection = ${collection} and document_key = any (${documentKeys}::text[]) and resolved_at is null
      and not refused_yn`.execute(db);
};

/** Releases documents whose records were refused before, and are applied now. */
export const releaseApplied = async (db: AnyDatabase, now: Date): Promise<void> => {
  await sql`
    update ops.quarantine q set resolved_at = ${now}::timestamptz, gone_at = null
    from ops.import_document d
    where q.refused_yn and q.resolved_at is null and d.collection = q.collection and d.legacy_id = q.document_key
      and d.record_key is not null
      and not exists (select from ops.import_pending p where p.record_key = d.record_key)`.execute(db);
};
