import { sql } from 'kysely';
import { storableJson } from '../../../platform/database/storable.ts';
import type { AnyDatabase } from '../../database.ts';
import { contentHashOf, type Found, isUnreadable } from '../../source.ts';
import { type Change, correctedDocument } from './changes.ts';

/** How people corrected versions of a collection's documents, by the hash of the version's content. */
export type Edits = ReadonlyMap<string, { readonly entryKey: string; readonly changes: readonly Change[] }>;

/** The corrections of a collection that are in force. There are few: people make them. */
export const activeEdits = async (db: AnyDatabase, collection: string): Promise<Edits> => {
  const { rows } = await sql<{
    content_hash: string;
    document_key: string;
    changes: Change[];
    skips_removed_yn: boolean;
  }>`
    select content_hash, document_key, changes, skips_removed_yn from ops.quarantine_edit
    where collection = ${collection} and dropped_at is null order by edit_id`.execute(db);
  const edits = new Map<string, { entryKey: string; changes: Change[] }>();
  for (const { content_hash, document_key, changes, skips_removed_yn: skipsRemoved } of rows) {
    const before = edits.get(content_hash)?.changes ?? [];
    const these = changes.map((change) => ({ ...change, skipsRemoved }));
    edits.set(content_hash, { entryKey: document_key, changes: [...before, ...these] });
  }
  return edits;
};

/** A document as people corrected it, if they corrected this version of it. */
export const asEdited = <Document extends Found>(found: Document, edits: Edits): Document => {
  if (edits.size === 0 || isUnreadable(found)) return found;
  const contentHash = contentHashOf(found);
  const edit = edits.get(contentHash);
  if (edit === undefined) return found;
  try {
    const { document } = found;
    const corrected = correctedDocument(document, edit.changes);
    return { ...found, document: corrected, uncorrected: document, contentHash, entryKey: edit.entryKey };
  } catch {
    return found; // then it stays in quarantine, with the correction beside it
  }
};

/** Ends the corrections of documents that have another version that can be imported as it is. */
export const dropEdits = async (
  db: AnyDatabase,
  collection: string,
  sound: readonly { readonly legacyId: string; readonly contentHash: string }[],
  now: Date,
): Promise<void> => {
  if (sound.length === 0) return;
  await sql`
    update ops.quarantine_edit e set dropped_at = ${now}::timestamptz
    from json_to_recordset(${storableJson(sound)}::json) as x ("legacyId" text, "contentHash" text)
    where e.collection = ${collection} and e.dropped_at is null and e.legacy_id = x."legacyId"
      and e.content_hash <> x."contentHash"`.execute(db);
};

/** Notes which corrections are applied: later events of these documents come from imports again. */
export const settleEdits = async (db: AnyDatabase, now: Date): Promise<void> => {
  await sql`
    update ops.quarantine_edit e set applied_at = ${now}::timestamptz
    from ops.import_document d
    where e.applied_at is null and e.dropped_at is null and d.collection = e.collection and d.legacy_id = e.legacy_id
      and d.content_hash = e.content_hash and d.record_key is not null
      and not exists (select from ops.import_pending p where p.record_key = d.record_key)`.execute(db);
};
