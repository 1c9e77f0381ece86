import { sql } from 'kysely';
import type { AggregateName } from '../../domain/events.ts';
import type { AnyDatabase } from '../database.ts';
import { unwritten } from '../source.ts';
import type { FieldTimes } from '../staging/documents/field-times.ts';

/** A staged document of a record. Times are ISO 8601. */
export type RecordDocument = {
  readonly collection: string;
  readonly legacyId: string;
  readonly contentHash: string;
  /** Its collection in the old CRM, if its fields depend on that. */
  readonly foundIn?: string | undefined;
  readonly version: number;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly payload: object;
  /** The document's own time when it was first read. */
  readonly since: string | undefined;
  readonly fieldTimes: FieldTimes;
  readonly identities: readonly string[];
  /** Whether the record's key comes from another document. */
  readonly merged: boolean;
  readonly contactKey: string | null;
  /** The last run that staged it. */
  readonly importRunId: string;
  /** It did not change since its record was applied: another mapping, or newer readers, read it otherwise. */
  readonly readAgain: boolean;
  /** That mapping. */
  readonly readBy: { readonly name: string; readonly version: string } | null;
  /** The mapping and readers that read it last (see readers-version.ts); `null` if none has, or a release that did not say. */
  readonly readers: string | null;
  /** A person's correction of it that is not applied yet. */
  readonly edit: EditByHand | null;
  /** Of one that is gone: who decided that it is deleted here, too, if that took a person. */
  readonly goneConfirmed: ByHand | null;
};

/** A decision by a person: `at` is ISO 8601; `because` is the reason, if one was given. */
export type ByHand = { readonly by: string; readonly because: string | null; readonly at: string };

/** A correction by a person: `at` is ISO 8601. */
export type EditByHand = {
  /** The entry in the quarantine. */
  readonly quarantineId: string;
  readonly by: string;
  readonly because: string;
  readonly at: string;
};

/** A split by a person: `at` is ISO 8601. */
export type SplitByHand = {
  readonly splitId: string;
  readonly by: string;
  readonly because: string;
  readonly at: string;
};

/** A record with something to apply: all its documents, and what was applied from them before. */
export type PendingRecord = {
  readonly recordKey: string;
  /** An earlier run may have appended its events and been killed before recording that. */
  readonly suspect: boolean;
  /** Its documents have not changed: others joined them, or left. */
  readonly regrouped: boolean;
  /** A conflict of it waits for a person. */
  readonly hasConflict: boolean;
  readonly documents: readonly RecordDocument[];
  readonly applied: object | undefined;
  /** The latest `updatedAt` of what was applied. */
  readonly appliedUpdatedAt: string | undefined;
  /** Former records that turned out to be this one. */
  readonly mergedKeys: readonly string[];
  /** Records that documents of this one split off as, or moved to. */
  readonly splitInto: readonly string[];
  /** The records that documents of this one were part of before. */
  readonly splitFrom: readonly string[];
  /** A person's split of its documents that has not been applied yet. */
  readonly splitByHand: SplitByHand | null;
  /** When the lead was captured in openhouse, ISO 8601, if it was before any document of the old CRM became part of it. */
  readonly capturedAt: string | null;
  /** The record that this one turned out to be; then it has no documents. */
  readonly mergedInto: string | null;
  /**
   * The latest opt-out of this person, from any document that names one of the lead's documents or e-mail addresses,
   * even a document that could not be imported; `null` if there is none.
   */
  readonly optOutStatement: number | null;
};

/** A record of these documents, from which nothing has been applied yet. */
export const newRecord = (recordKey: string, documents: readonly RecordDocument[]): PendingRecord => ({
  recordKey,
  suspect: false,
  regrouped: false,
  hasConflict: false,
  documents,
  applied: undefined,
  appliedUpdatedAt: undefined,
  mergedKeys: [],
  splitInto: [],
  splitFrom: [],
  splitByHand: null,
  capturedAt: null,
  mergedInto: null,
  optOutStatement: null,
});

const pageSize = 256;

/** The pending records of an aggregate, a page at a time; the next page loads while one is being worked on. */
export async function* pendingRecords(
  db: AnyDatabase,
  aggregate: AggregateName,
): AsyncGenerator<PendingRecord, void, undefined> {
  let next = loadPage(db, aggregate, '');
  for (;;) {
    const page = await next;
    if (page.length === 0) return;
    next = page.length < pageSize ? Promise.resolve([]) : loadPage(db, aggregate, page.at(-1)!.recordKey);
    next.catch(() => {}); // reported where it is awaited
    yield* page;
  }
}

export const countPending = async (db: AnyDatabase, aggregate: AggregateName): Promise<number> => {
  const { rows } = await sql<{ count: string }>`
    select count(*) from ops.import_pending where aggregate = ${aggregate}`.execute(db);
  return Number(rows[0]?.count ?? 0);
};

/** Which of these records have documents that were read, or are gone, without having been applied. */
export const pendingAmong = async (db: AnyDatabase, recordKeys: readonly string[]): Promise<ReadonlySet<string>> => {
  const { rows } = await sql<{ record_key: string }>`
    select record_key from ops.import_pending where record_key = any (${recordKeys}::text[])`.execute(db);
  return new Set(rows.map(({ record_key }) => record_key));
};

type PendingRow = {
  record_key: string;
  suspect: boolean;
  regrouped: boolean;
  has_conflict: boolean;
  applied: object | null;
  updated_at: Date | null;
  opt_out_statement: string | null;
  merged_keys: string[];
  split_into: string[];
  split_from: string[];
  merged_into: string | null;
  captured_at: Date | null;
  split_by_hand: SplitByHand | null;
};

type DocumentRow = {
  record_key: string;
  collection: string;
  legacy_id: string;
  content_hash: string;
  found_in: string | null;
  version: number;
  created_at: Date | null;
  updated_at: Date | null;
  payload: object;
  since: Date | null;
  field_times: FieldTimes | null;
  identities: string[];
  merged: boolean;
  contact_key: string | null;
  import_run_id: string;
  read_again: boolean;
  read_by: { name: string; version: string } | null;
  readers: string | null;
  edit: EditByHand | null;
  gone_confirmed: ByHand | null;
};

const documentOf = (row: DocumentRow): RecordDocument => ({
  collection: row.collection,
  legacyId: row.legacy_id,
  contentHash: row.content_hash,
  foundIn: row.found_in ?? undefined,
  version: row.version,
  createdAt: row.created_at?.toISOString(),
  updatedAt: row.updated_at?.toISOString(),
  payload: row.payload,
  since: row.since?.toISOString(),
  fieldTimes: row.field_times ?? {},
  identities: row.identities,
  merged: row.merged,
  contactKey: row.contact_key,
  importRunId: row.import_run_id,
  readAgain: row.read_again,
  readBy: row.read_by,
  readers: row.readers,
  edit: row.edit,
  goneConfirmed: row.gone_confirmed,
});

/**
 * The documents of records, by record.
 * @param options.unwrittenToo also those that write-back is about to insert in the old CRM
 */
export const documentsOfRecords = async (
  db: AnyDatabase,
  recordKeys: readonly string[],
  { unwrittenToo = false } = {},
): Promise<ReadonlyMap<string, RecordDocument[]>> => {
  const { rows } = await sql<DocumentRow>`
    select record_key, collection, legacy_id, content_hash, found_in, version, created_at, updated_at, payload, since,
      field_times, identities, merged,
      contact_key, import_run_id, read_again, readers, gone_confirmed,
      case when read_again then (select json_build_object('name', mapping, 'version', mapping_version)
        from ops.import_run r where r.import_run_id = d.import_run_id and mapping is not null) end as read_by,
      (select json_build_object('quarantineId', e.quarantine_id::text, 'by', e.edited_by, 'because', e.because,
          'at', e.edited_at)
        from ops.quarantine_edit e
        where e.collection = d.collection and e.legacy_id = d.legacy_id and e.content_hash = d.content_hash
          and e.applied_at is null and e.dropped_at is null
        order by e.edit_id desc limit 1) as edit
    from ops.import_document d
    where record_key = any (${recordKeys}::text[]) and (${unwrittenToo}::boolean or content_hash <> ${unwritten})`.execute(
    db,
  );
  const documents = new Map<string, RecordDocument[]>();
  for (const row of rows) {
    const known = documents.get(row.record_key);
    if (known === undefined) documents.set(row.record_key, [documentOf(row)]);
    else known.push(documentOf(row));
  }
  return documents;
};

const loadPage = async (db: AnyDatabase, aggregate: AggregateName, after: string): Promise<PendingRecord[]> => {
  const { rows: pending } = await sql<PendingRow>`
    select p.record_key, p.suspect, p.regrouped, r.applied, r.updated_at, m.into_key as merged_into,
      exists (select from ops.legacy_conflict c where c.aggregate = p.aggregate and c.record_key = p.record_key
        and c.resolved_at is null) as has_conflict,
      (select captured_at from ops.import_captured_lead c where p.aggregate = 'lead' and c.contact_key = p.record_key) as captured_at,
      array(select record_key from ops.import_merged m where m.aggregate = p.aggregate and m.into_key = p.record_key
        order by record_key) as merged_keys,
      array(select record_key from ops.import_split s where s.aggregate = p.aggregate and s.from_key = p.record_key
        order by record_key) as split_into,
      array(select from_key from ops.import_split s where s.aggregate = p.aggregate and s.record_key = p.record_key
        order by from_key) as split_from,
      (select json_build_object('splitId', s.split_id::text, 'by', s.split_by, 'because', s.because, 'at', s.split_at)
        from ops.import_document d
          join ops.import_kept_apart k on k.collection = d.collection and k.legacy_id = d.legacy_id
          join ops.import_split_by_hand s on s.split_id = k.split_id
        where d.record_key = p.record_key and s.applied_at is null
        order by s.split_id desc limit 1) as split_by_hand,
      case when ${aggregate} = 'lead' then (
        select max(o.statement) from ops.import_document d join ops.import_opt_out o
          on o.identity = any (array['id:' || d.legacy_id] || array(
            select 'email:' || a.address from ops.import_address a where a.legacy_id = d.legacy_id
            union all select n.name from ops.import_document_name n
              where n.collection = d.collection and n.legacy_id = d.legacy_id and starts_with(n.name, 'key:')))
        where d.record_key = p.record_key and d.collection = 'contacts') end as opt_out_statement
    from ops.import_pending p
    left join ops.import_record r on r.aggregate = p.aggregate and r.record_key = p.record_key
    left join ops.import_merged m on m.aggregate = p.aggregate and m.record_key = p.record_key
    where p.aggregate = ${aggregate} and p.record_key > ${after}
    order by p.record_key limit ${pageSize}`.execute(db);
  if (pending.length === 0) return [];
  const documents = await documentsOfRecords(
    db,
    pending.map((row) => row.record_key),
  );
  return pending.map((row) => ({
    recordKey: row.record_key,
    suspect: row.suspect,
    regrouped: row.regrouped,
    hasConflict: row.has_conflict,
    applied: row.applied ?? undefined,
    appliedUpdatedAt: row.updated_at?.toISOString(),
    mergedKeys: row.merged_keys,
    splitInto: row.split_into,
    splitFrom: row.split_from,
    splitByHand: row.split_by_hand,
    capturedAt: row.captured_at?.toISOString() ?? null,
    mergedInto: row.merged_into,
    optOutStatement: row.opt_out_statement === null ? null : Number(row.opt_out_statement),
    documents: documents.get(row.record_key) ?? [],
  }));
};
