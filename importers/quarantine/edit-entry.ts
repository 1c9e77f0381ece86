import { ObjectId } from 'bson';
import { sql } from 'kysely';
import { storableJson } from '../../platform/database/storable.ts';
import { userError } from '../../platform/errors.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps, ImportOptions } from '../deps.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { mappingOnFile } from '../mappings/kept-mappings.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';
import { migrateImport } from '../migrations.ts';
import { importRouted } from '../running/import-source.ts';
import { isUnreadable, type LegacyCollection } from '../source.ts';
import { type Change, correctedDocument, isImpossibleChange, namedLists } from '../staging/edits/changes.ts';
import { activeEdits } from '../staging/edits/edits.ts';
import { documentOf, type Entry, loadEntry } from './entries.ts';
import { collectEvents, type Outcome, outcomeOf } from './outcome.ts';
import { entrySource } from './read-again.ts';

/** A correction of the document of an entry. */
export type Edit = {
  readonly quarantineId: string;
  readonly changes: readonly Change[];
  readonly by: string;
  readonly because: string;
  /** The version of the document that the person saw. */
  readonly contentHash?: string | undefined;
  /** How many corrections of the entry the person saw, its own earlier ones included. */
  readonly seenEdits?: number | undefined;
};

export type RepairOptions = Pick<ImportOptions, 'signal' | 'mapping' | 'patienceMs'> & {
  /** Only shows what would happen. */
  readonly dryRun?: boolean;
};

/**
 * Corrects values of a quarantined document: the corrected copy is imported like any other document, with the same mapping, readers,
 * merging and references. The correction is stored first, so a killed run is completed by the next import, or by the same correction
 * made again, which is not stored twice. It belongs to this version of the document: reading it again changes nothing, and a newer
 * version that can be imported ends it.
 *
 * @throws UserError if the document cannot be corrected like that
 */
export const editEntry = async (deps: ImportDeps, edit: Edit, options: RepairOptions = {}): Promise<Outcome> => {
  const { db, clock } = deps;
  await migrateImport(db);
  let entry = await loadEntry(db, edit.quarantineId);
  const mapping = options.mapping ?? (await mappingOnFile(db));
  const { edits } = await checkEdit(db, entry, edit, mapping);
  const seen: Edit = { ...edit, contentHash: entry.contentHash, seenEdits: edits };
  const appended = collectEvents();
  return await importRouted(
    deps,
    entrySource(mapping, () => entry),
    { name: runOf(entry), kind: 'edit', mapping },
    { ...options, part: true },
    {
      rehearsal: options.dryRun === true,
      // While this waited for another import, or for another person's correction, either may have changed the document.
      prepare: async (on) => {
        entry = await loadEntry(on, edit.quarantineId);
        const { legacyId, stored } = await checkEdit(on, entry, seen, mapping);
        if (!stored) await storeEdit(on, entry, edit, legacyId, clock.now());
      },
      onAppend: appended.onAppend,
      look: (ran) => outcomeOf(ran, entry, { changes: edit.changes, mapping }, appended.events),
    },
  );
};

/** What the list of runs calls a run that corrects an entry. */
const runOf = ({ quarantineId }: Entry): string => `a correction of quarantine entry ${quarantineId}`;

/**
 * @returns the legacy ID of the corrected document, how many corrections of it there are, and whether this one is stored already: then a
 * killed command is run again
 */
const checkEdit = async (
  db: AnyDatabase,
  entry: Entry,
  edit: Edit,
  mapping: CompiledMapping,
): Promise<{ readonly legacyId: string | null; readonly edits: number; readonly stored: boolean }> => {
  const refuse = (message: string, code: string, hint?: string) =>
    userError(message, { code, ...(hint === undefined ? {} : { hint }) });
  const before = (await activeEdits(db, entry.collection)).get(entry.contentHash)?.changes ?? [];
  const edits = await countEdits(db, entry);
  const stored = await lastIsThis(db, entry, edit);
  if (edit.contentHash !== undefined && edit.contentHash !== entry.contentHash)
    throw refuse(
      'the document has changed in the old CRM in the meantime',
      'document-changed',
      `\`openhouse quarantine show ${entry.quarantineId}\` shows it as it is now.`,
    );
  if (edit.seenEdits !== undefined && edit.seenEdits !== edits) {
    throw refuse(
      'someone else has corrected the document in the meantime',
      'entry-corrected',
      `\`openhouse quarantine show ${entry.quarantineId}\` shows their correction. Then decide again.`,
    );
  }
  if (!entry.open && before.length === 0) {
    throw refuse(
      'the document is not in quarantine any more',
      'entry-resolved',
      'Correct its record with `openhouse correct`.',
    );
  }
  const found = documentOf(entry);
  if (found === undefined) {
    throw refuse(
      'openhouse does not have this version of the document as it is in the old CRM, so there is nothing to correct in it yet',
      'original-missing',
      'Import the old CRM once more: then its original is kept, and can be corrected.',
    );
  }
  if (isUnreadable(found)) {
    throw refuse(
      `the document cannot be read (${found.unreadable.reason}), so there is nothing to correct in it`,
      'entry-not-editable',
      'Correct it in the old CRM and import it again, or dismiss it here.',
    );
  }
  if (!collectionsOf(mapping).has(entry.collection)) {
    throw refuse(
      `the mapping ${mapping.name} does not say where such documents have their fields`,
      'not-mapped',
      'Add their record type to the mapping, and name it with --mapping or OPENHOUSE_MAPPING.',
    );
  }
  if (edit.changes.length === 0) throw refuse('nothing would be changed', 'no-changes', 'Give a path and its value.');
  let legacyId: string | null;
  try {
    legacyId =
      documentKey(correctedDocument(found.document, stored ? before : [...before, ...edit.changes])._id) ?? null;
  } catch (error) {
    if (!isImpossibleChange(error)) throw error;
    throw refuse(error.message, 'path-impossible', `\`openhouse quarantine show ${entry.quarantineId}\` shows it.`);
  }
  const lists = stored || edit.contentHash !== undefined ? [] : namedLists(found.document, edit.changes);
  const corrected = lists.length === 0 ? undefined : await correctedBefore(db, entry, lists);
  if (corrected !== undefined) {
    throw refuse(
      `an earlier version of the document was corrected at ${corrected}, and other items may have these places now`,
      'list-changed',
      `Look at it: \`openhouse quarantine show ${entry.quarantineId}\`. Then name its version: --seen ${entry.contentHash}`,
    );
  }
  if (legacyId !== null && (await isAnothers(db, entry, legacyId))) {
    throw refuse(
      'another document of this collection has the same _id',
      'id-taken',
      `Give this one an _id that no other has: --set '_id={"$oid":"${new ObjectId().toHexString()}"}'`,
    );
  }
  return { legacyId, edits, stored };
};

/** Whether the last correction of an entry is this one: then nothing is left to store. */
const lastIsThis = async (db: AnyDatabase, entry: Entry, { changes, by, because }: Edit): Promise<boolean> => {
  const { rows } = await sql<{ same: boolean }>`
    select e.changes::jsonb = ${storableJson(changes)}::jsonb and e.edited_by = ${by} and e.because = ${because}
      and e.content_hash = ${entry.contentHash} and e.dropped_at is null and not e.skips_removed_yn as same
    from ops.quarantine_edit e where e.quarantine_id = ${entry.quarantineId}::bigint order by e.edit_id desc limit 1`.execute(
    db,
  );
  return rows[0]?.same === true;
};

/** A path in one of these lists at which an earlier version of the document was corrected; `undefined` if there is none. */
const correctedBefore = async (
  db: AnyDatabase,
  { quarantineId, contentHash }: Entry,
  lists: readonly string[],
): Promise<string | undefined> => {
  const { rows } = await sql<{ path: string }>`
    select x.path from ops.quarantine_edit e, json_to_recordset(e.changes) as x (path text)
    where e.quarantine_id = ${quarantineId}::bigint and e.content_hash <> ${contentHash}
      and exists (select from unnest(${lists}::text[]) as list where starts_with(x.path, list || '.'))
    order by e.edit_id desc limit 1`.execute(db);
  return rows[0]?.path;
};

const countEdits = async (db: AnyDatabase, { quarantineId }: Entry): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from ops.quarantine_edit where quarantine_id = ${quarantineId}::bigint`.execute(db);
  return rows[0]!.count;
};

const collectionsOf = ({ types }: CompiledMapping): ReadonlySet<LegacyCollection> =>
  new Set(recordTypeNames.flatMap((type) => (types[type] === undefined ? [] : recordTypes[type].collection)));

/** Whether a document with this ID is on file or in quarantine, and it is not that of the entry. */
const isAnothers = async (
  db: AnyDatabase,
  { quarantineId, collection, contentHash }: Entry,
  legacyId: string,
): Promise<boolean> => {
  const { rows } = await sql<{ another: boolean }>`
    select exists (select from ops.quarantine q
        where q.collection = ${collection} and q.legacy_id = ${legacyId} and q.resolved_at is null
          and q.quarantine_id <> ${quarantineId}::bigint and q.content_hash <> ${contentHash})
      or (exists (select from ops.import_document d
          where d.collection = ${collection} and d.legacy_id = ${legacyId} and d.content_hash <> ${contentHash}
            and d.gone_at is null)
        and not exists (select from ops.quarantine q
          where q.quarantine_id = ${quarantineId}::bigint and q.legacy_id = ${legacyId})) as another`.execute(db);
  return rows[0]!.another;
};

const storeEdit = async (
  db: AnyDatabase,
  { quarantineId, collection, documentKey: key, contentHash }: Entry,
  { changes, by, because }: Edit,
  legacyId: string | null,
  now: Date,
): Promise<void> => {
  await db.transaction().execute(async (transaction) => {
    await sql`
    update ops.quarantine_edit set dropped_at = ${now}::timestamptz
    where quarantine_id = ${quarantineId}::bigint and content_hash <> ${contentHash} and dropped_at is null`.execute(
      transaction,
    );
    await sql`
    update ops.quarantine set dismissed_at = null where quarantine_id = ${quarantineId}::bigint`.execute(transaction);
    // Of several corrections, the last says which document it is.
    await sql`
    update ops.quarantine_edit set legacy_id = ${legacyId}
    where quarantine_id = ${quarantineId}::bigint and dropped_at is null`.execute(transaction);
    await sql`
    insert into ops.quarantine_edit
      (quarantine_id, collection, document_key, legacy_id, content_hash, changes, edited_by, because, edited_at,
        skips_removed_yn)
    values (${quarantineId}::bigint, ${collection}, ${key}, ${legacyId}, ${contentHash}, ${storableJson(changes)}::json, ${by},
      ${because}, ${now}::timestamptz, false)`.execute(transaction);
  });
};
