import { sql } from 'kysely';
import { keysMeantBy } from '../../domain/identity/legacy-id.ts';
import { userError } from '../../platform/errors.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import type { ImportDeps, ImportOptions } from '../deps.ts';
import { conflictOf } from '../differences/conflicts.ts';
import { mappingOnFile } from '../mappings/kept-mappings.ts';
import { migrateImport } from '../migrations.ts';
import { importRouted } from '../running/import-source.ts';
import { collectionOf, type DocumentOfRecord, documentsOfRecord, type SplittableName } from './documents-of-record.ts';

export type Split = {
  readonly aggregate: SplittableName;
  readonly recordKey: string;
  /** The documents that leave the record, by legacy ID in any spelling. */
  readonly documents: readonly string[];
};

export type PlannedSplit = {
  readonly stays: readonly DocumentOfRecord[];
  readonly leaves: readonly DocumentOfRecord[];
};

/** The records after the split, each with its documents. */
export type SplitRecords = readonly { readonly recordKey: string; readonly legacyIds: readonly string[] }[];

/**
 * What a split by hand would do.
 *
 * @throws UserError if a document is not one of the record's, none would stay, or a conflict with the old CRM is open: what no one has
 * decided about would become part of the record that begins
 */
export const planSplit = async (db: AnyDatabase, { aggregate, recordKey, documents }: Split): Promise<PlannedSplit> => {
  await migrateImport(db);
  const parts = await documentsOfRecord(db, aggregate, recordKey);
  if (parts.length === 1 && (await wasCaptured(db, recordKey))) {
    throw userError(`lead ${recordKey} came in here, and cannot be split from its only contact of the old CRM`, {
      code: 'only-contact',
      hint:
        'Correct the contact in the old CRM if it has the wrong address. Then correct this lead (`openhouse correct lead`) so that it is ' +
        'one of the two people, and record the other with `openhouse leads capture`.',
    });
  }
  if (parts.length < 2) {
    throw userError(`${aggregate} ${recordKey} consists of ${parts.length === 1 ? 'one document' : 'no documents'}`, {
      code: 'nothing-to-split',
      hint: 'Only a record that was made of several documents of the old CRM can be split.',
    });
  }
  const conflict = await conflictOf(db, aggregate, recordKey);
  if (conflict !== undefined) {
    throw userError(
      `the old CRM says something else about ${aggregate} ${recordKey}, and no one has decided about that yet`,
      {
        code: 'conflict-open',
        hint: `\`openhouse conflicts show ${conflict.conflictId}\` shows it. Accept or refuse it first.`,
      },
    );
  }
  const collection = collectionOf[aggregate];
  const leaving = new Set(documents.map((named) => find(parts, collection, named)));
  const stays = parts.filter((part) => !leaving.has(part));
  if (stays.length === 0) {
    throw userError('all of its documents would leave', {
      code: 'nothing-stays',
      hint: 'Name those of one side only.',
    });
  }
  return { stays, leaves: parts.filter((part) => leaving.has(part)) };
};

/** Whether it was captured in openhouse, and contacts of the old CRM joined it later. */
const wasCaptured = async (db: AnyDatabase, contactKey: string): Promise<boolean> => {
  const { rows } = await sql`select from ops.import_captured_lead where contact_key = ${contactKey}`.execute(db);
  return rows.length > 0;
};

const find = (parts: readonly DocumentOfRecord[], collection: string, named: string): DocumentOfRecord => {
  const bare = named.startsWith(`${collection}/`) ? named.slice(collection.length + 1) : named;
  const keys = [bare, ...keysMeantBy(bare)];
  const found = parts.filter(({ legacyId }) => keys.includes(legacyId));
  if (found.length === 1) return found[0]!;
  throw userError(`"${named}" is ${found.length === 0 ? 'not a document of this record' : 'more than one document'}`, {
    code: 'document-unknown',
    hint: `Its documents are ${parts.map(({ legacyId }) => legacyId).join(', ')}.`,
  });
};

/**
 * Splits documents off a record that was wrongly merged, for good: later evidence that they are the same (the same
 * document again, or a third one with the addresses of both) does not merge them. What was sent and opt-outs count for
 * both sides; saved searches and history follow the document that they name.
 *
 * The rule is stored first and then applied as an import without documents, so a killed split is completed by the next
 * import.
 *
 * @throws UserError as `planSplit`, and if a server goes away
 */
export const splitByHand = async (
  deps: ImportDeps,
  split: Split,
  who: { readonly by: string; readonly because: string },
  options: ImportOptions = {},
): Promise<{ readonly records: SplitRecords; readonly events: number }> => {
  const { db, clock } = deps;
  const { stays, leaves } = await planSplit(db, split);
  const collection = collectionOf[split.aggregate];
  await sql`
    with split as (
      insert into ops.import_split_by_hand (collection, record_key, split_by, because, split_at)
      values (${collection}, ${split.recordKey}, ${who.by}, ${who.because}, ${clock.now()}::timestamptz)
      returning split_id
    )
    insert into ops.import_kept_apart (collection, legacy_id, split_id, leaves_yn)
    select ${collection}, legacy_id, split_id, leaves_yn
    from split, unnest(
      ${[...stays, ...leaves].map(({ legacyId }) => legacyId)}::text[],
      ${[...stays.map(() => false), ...leaves.map(() => true)]}::boolean[]
    ) as document (legacy_id, leaves_yn)`.execute(db);
  const mapping = options.mapping ?? (await mappingOnFile(db));
  const nothing = { live: false, collections: [], notes: [] };
  const { events } = await importRouted(deps, nothing, { name: splitRunName, kind: 'split', mapping }, options);
  const { rows } = await sql<{ recordKey: string; legacyIds: string[] }>`
    select record_key, array_agg(legacy_id order by legacy_id) as legacy_ids from ops.import_document
    where collection = ${collection}
      and legacy_id = any (${[...stays, ...leaves].map(({ legacyId }) => legacyId)}::text[])
    group by record_key order by record_key <> ${split.recordKey}, record_key`.execute(camelCased(db));
  return { records: rows, events };
};

/** The source of these runs in the list of imports. */
const splitRunName = 'a split by hand';
