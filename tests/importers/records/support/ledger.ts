import { serialize } from 'bson';
import { type Kysely, sql } from 'kysely';
import { stageAlertsSent } from '../../../../importers/alerts-sent/stage-alerts-sent.ts';
import { readBson } from '../../../../importers/dump/read-bson.ts';
import type { CompiledMapping } from '../../../../importers/mappings/compile.ts';
import { routeSource } from '../../../../importers/mappings/route.ts';
import { applyDeletions } from '../../../../importers/mongo/following/sweeping/gone.ts';
import type { LegacyCollection } from '../../../../importers/source.ts';
import { openEntries } from '../../../../importers/staging/ids/open-entries.ts';
import { loadAgentDirectory } from '../../../../importers/staging/references/references.ts';
import { stageCollection } from '../../../../importers/staging/stage-collection.ts';

/** A document of the old CRM, and what its collection is called. */
export type Saying = { readonly collection: LegacyCollection; readonly fields: { readonly _id: unknown } };

const now = new Date('2026-01-01');

/** Stages documents as a run does that reads them from the old CRM, collection by collection in this order. */
export const stageDocuments = async (
  db: Kysely<unknown>,
  documents: readonly Saying[],
  mapping: CompiledMapping,
  names: readonly LegacyCollection[],
): Promise<void> => {
  const collections = names.map((name) => ({
    name,
    totalBytes: 0,
    async *read() {
      for (const { collection, fields } of documents)
        if (collection === name) yield readBson(Buffer.from(serialize(fields, { ignoreUndefined: true })), name);
    },
  }));
  const { collections: routed } = routeSource({ kind: 'live', collections, notes: [] }, mapping);
  for (const collection of routed) {
    const { name } = collection;
    const staging = {
      db,
      runId: '1',
      now,
      signal: new AbortController().signal,
      agents: await loadAgentDirectory(db),
      onBytes: () => {},
      edits: new Map(),
      open: await openEntries(db, name),
      live: true,
      part: false,
      keepsIdentities: false,
    };
    if (name === 'alerts_sent') await stageAlertsSent(collection, staging);
    else await stageCollection({ ...collection, name }, staging);
  }
};

/** Takes a document out of the ledger, as after two sweeps that did not find it. */
export const deleteDocument = async (
  db: Kysely<unknown>,
  document: { readonly collection: string; readonly legacy_id: string },
  mapping: CompiledMapping,
): Promise<void> => {
  await sql`
    update ops.import_document set missed_sweeps = 2
    where collection = ${document.collection} and legacy_id = ${document.legacy_id}`.execute(db);
  for (const type of Object.values(mapping.types))
    await applyDeletions(db, type!, { now, maxShare: 1, confirmed: true });
};

/** Empties the ledger, but not the notes of what was looked at before (`import_grouped`, `import_referenced`). */
export const forgetEverything = async (db: Kysely<unknown>): Promise<void> => {
  await sql`truncate ops.import_document, ops.import_identity, ops.import_document_name, ops.import_address, ops.import_record,
    ops.import_pending, ops.import_merged, ops.import_split, ops.import_kept_apart, ops.import_split_by_hand,
    ops.import_grouping_mark, ops.import_reference_mark, ops.import_original, ops.import_document_change,
    ops.import_alert_sent, ops.sent_memory, ops.quarantine`.execute(db);
};
