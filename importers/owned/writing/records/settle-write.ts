import { sql } from 'kysely';
import type { OwnedType } from '../../../../domain/ownership/index.ts';
import { storableJson } from '../../../../platform/database/storable.ts';
import type { RecordDocument } from '../../../apply/load-pending.ts';
import type { Planning } from '../../../apply/planning/planner.ts';
import type { AnyDatabase } from '../../../database.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { readersVersion } from '../../../readers-version.ts';
import { contentHashOf, unwritten } from '../../../source.ts';
import { warningCodes } from '../../../staging/arriving/row.ts';
import { writeAddresses, writeIdentities, writeNames } from '../../../staging/documents/write-documents.ts';
import { theirView } from '../../record-view.ts';
import type { Read } from '../plan-write.ts';

/** A document as it is in the old CRM after it was written. */
export type Written = {
  readonly document: RecordDocument;
  /** Its collection, as the old CRM calls it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly read: Read;
  readonly updatedAt: string | undefined;
};

/** A document of a record that the old CRM does not have yet. */
export const newDocument = (collection: string, legacyId: string, now: Date): RecordDocument => ({
  collection,
  legacyId,
  contentHash: unwritten,
  version: 1,
  createdAt: now.toISOString(),
  updatedAt: undefined,
  payload: { fields: {} },
  since: now.toISOString(),
  fieldTimes: {},
  identities: [],
  merged: false,
  contactKey: null,
  importRunId: '0',
  readAgain: false,
  readBy: null,
  readers: null,
  edit: null,
  goneConfirmed: null,
});

/**
 * Notes which record a document belongs to before it is inserted: if the process dies in between, following finds it there,
 * and does not take it for a new record.
 */
export const reserveDocument = async (
  db: AnyDatabase,
  { collection, legacyId, createdAt, since }: RecordDocument,
  recordKey: string,
  type: MappedType,
): Promise<void> => {
  await sql`
    insert into ops.import_document (collection, legacy_id, content_hash, created_at, payload, record_key, import_run_id, since,
      readers)
    values (${collection}, ${legacyId}, ${unwritten}, ${createdAt ?? null}, '{"fields": {}}', ${recordKey}, 0, ${since ?? null},
      ${readersVersion(type)})
    on conflict (collection, legacy_id) do nothing`.execute(db);
};

/**
 * Records what the documents say now, so that following finds nothing new in them. If the process dies before that,
 * following reads them and finds nothing either, because openhouse already has the same values.
 */
export const settleWrites = async (
  db: AnyDatabase,
  {
    aggregate,
    recordKey,
    revision,
  }: { readonly aggregate: OwnedType; readonly recordKey: string; readonly revision: bigint },
  documents: readonly RecordDocument[],
  written: readonly Written[],
  type: MappedType,
  planning: Planning,
): Promise<void> => {
  if (written.length === 0) return;
  const now = new Map(written.map((one) => [`${one.document.collection}/${one.document.legacyId}`, one]));
  const after = documents.map((document) => {
    const one = now.get(`${document.collection}/${document.legacyId}`);
    return one === undefined ? document : { ...document, payload: one.read.payload, identities: one.read.identities };
  });
  const { applied } = theirView(aggregate, recordKey, after, planning);
  await db.transaction().execute(async (transaction) => {
    for (const { document, name, bytes, read, updatedAt } of written) {
      const content = contentHashOf({ bytes });
      await sql`
        insert into ops.import_document as d (collection, legacy_id, content_hash, created_at, updated_at, payload, identities,
          opt_out, agent_ref, unresolved, warnings, record_key, import_run_id, since, readers, found_in)
        values (${document.collection}, ${document.legacyId}, ${content}, ${document.createdAt ?? null}, ${updatedAt ?? null},
          ${storableJson(read.payload)}::json, ${read.identities}::text[], ${read.optOut}, ${read.agentRef ?? null},
          ${read.isAgentUnknown ? [read.agentRef] : null}::text[], ${warningCodes(read) ?? null}::text[], ${recordKey}, 0,
          ${document.since ?? null}, ${readersVersion(type)}, ${type.collectionOf === undefined ? null : name})
        on conflict (collection, legacy_id) do update set
          content_hash = excluded.content_hash, updated_at = coalesce(excluded.updated_at, d.updated_at),
          payload = excluded.payload, identities = excluded.identities, opt_out = excluded.opt_out,
          agent_ref = excluded.agent_ref, unresolved = excluded.unresolved, waits_for = null, warnings = excluded.warnings,
          readers = excluded.readers, found_in = excluded.found_in, gone_at = null, gone_confirmed = null, missed_sweeps = 0, version = d.version + 1`.execute(
        transaction,
      );
      const stale = document.identities.filter((identity) => !read.identities.includes(identity));
      const row = (identity: string) => ({ legacyId: document.legacyId, identity });
      await writeIdentities(transaction, document.collection, read.identities.map(row), stale.map(row));
      const { legacyId } = document;
      const { addresses, names } = read;
      if (document.collection === 'contacts') await writeAddresses(transaction, [{ legacyId, addresses }]);
      await writeNames(transaction, document.collection, [legacyId], [{ legacyId, names }]);
    }
    await sql`
      update ops.write_back set intended = null, inserting = null where aggregate = ${aggregate} and record_key = ${recordKey}`.execute(
      transaction,
    );
    await sql`
      insert into ops.import_record as r (aggregate, record_key, revision, applied, updated_at)
      values (${aggregate}, ${recordKey}, ${String(revision)}::bigint, ${storableJson(applied)}::json, null)
      on conflict (aggregate, record_key) do update set
        applied = (r.applied::jsonb || excluded.applied::jsonb
          || case when r.applied::jsonb ? 'optOutStatement'
            then jsonb_build_object('optOutStatement', r.applied::jsonb -> 'optOutStatement') else '{}' end)::json`.execute(
      transaction,
    );
  });
};
