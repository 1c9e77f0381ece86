import { sql } from 'kysely';
import { pagesBy } from '../../../../platform/database/pages.ts';
import { storableJson } from '../../../../platform/database/storable.ts';
import { collectionPlans, type StagedCollection } from '../../../collections.ts';
import type { AnyDatabase } from '../../../database.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { recordTypes } from '../../../mappings/record-types.ts';
import { betweenImports } from '../../../running/import-run.ts';
import { gone, unwritten } from '../../../source.ts';
import { markPending } from '../../../staging/documents/write-documents.ts';
import { type Allowance, type Missed, mayGo, sweepsNeeded } from '../allowance.ts';
import { type Decided, followAgain, isKept, keepDocuments } from '../kept.ts';

/**
 * The name under which the ledger keeps a type's documents; `undefined` for alerts, which do not become records, and of which a sweep
 * does not read every `_id`.
 */
export const ledgerName = ({ type }: MappedType): StagedCollection | undefined => {
  const { collection } = recordTypes[type];
  return collection === 'alerts_sent' ? undefined : collection;
};

/** Notes which documents on file the old CRM no longer has, given which it has. */
export const noteMissing = async (
  { db, signal }: { readonly db: AnyDatabase; readonly signal: AbortSignal },
  type: MappedType,
  isThere: (id: string) => boolean,
): Promise<void> => {
  const ledger = ledgerName(type);
  if (ledger === undefined) return;
  const onFile = async (after: string, limit: number): Promise<readonly string[]> => {
    const { rows } = await sql<{ legacy_id: string }>`
      select legacy_id from ops.import_document d
      where collection = ${ledger} and legacy_id > ${after} and gone_at is null and content_hash <> ${unwritten}
        -- The old CRM does not know an _id that a person gave a document here.
        and not exists (select from ops.quarantine_edit e where e.collection = d.collection
          and e.legacy_id = d.legacy_id and e.document_key <> e.legacy_id and e.dropped_at is null)
      order by legacy_id limit ${limit}`.execute(db);
    return rows.map(({ legacy_id }) => legacy_id);
  };
  for await (const page of pagesBy((id) => id, 20_000, onFile)) {
    signal.throwIfAborted();
    const missing = page.filter((id) => !isThere(id));
    await sql`
      update ops.import_document set missed_sweeps = case when legacy_id = any (${missing}::text[]) then missed_sweeps + 1 else 0 end
      where collection = ${ledger} and legacy_id between ${page[0]!} and ${page.at(-1)!} and gone_at is null
        and (missed_sweeps > 0 or legacy_id = any (${missing}::text[]))`.execute(db);
    await followAgain(db, ledger, page, missing);
  }
};

/** What became of documents that are gone. */
export type Gone = {
  readonly deleted: number;
  /** How many wait for a person. */
  readonly waiting: number;
  /** How many would, and a person has just decided to keep them. */
  readonly kept: number;
  /** Whether the next run deletes them, because an import is running. */
  readonly postponed: boolean;
};
const none: Gone = { deleted: 0, waiting: 0, kept: 0, postponed: false };

/** Notes a document that write-back looked for by its `_id` and did not find: that is as good as two sweeps. */
export const noteGone = async (db: AnyDatabase, collection: string, legacyId: string): Promise<void> => {
  await sql`
    update ops.import_document set missed_sweeps = ${sweepsNeeded}
    where collection = ${collection} and legacy_id = ${legacyId} and gone_at is null`.execute(db);
};

/** Applies the deletion of documents that two sweeps did not find, so far as they may go without a person. */
export const applyDeletions = async (
  db: AnyDatabase,
  type: MappedType,
  { now, keeping = null, confirmedBy = null, ...allowance }: Allowance & { readonly now: Date },
): Promise<Gone> => {
  const ledger = ledgerName(type);
  if (ledger === undefined) return none;
  const isMissed = sql`collection = ${ledger} and missed_sweeps >= ${sweepsNeeded} and gone_at is null
    and not ${isKept(sql`import_document.collection`, sql`import_document.legacy_id`)}`;
  const { rows: missed } = await sql<Missed & { total: number }>`
    select coalesce(readers, '') as readers, count(*)::int as documents,
      (select count(*)::int from ops.import_document where collection = ${ledger} and gone_at is null) as total
    from ops.import_document where ${isMissed} group by 1`.execute(db);
  if (missed.length === 0) return none;
  const { going, waiting: stopped } = await mayGo(db, type, missed, missed[0]!.total, allowance);
  const isGoing = sql`coalesce(readers, '') = any (${going.map(({ readers }) => readers)}::text[])`;
  if (stopped > 0 && keeping !== null) {
    const keys = sql`select legacy_id as document_key from ops.import_document where ${isMissed} and not ${isGoing}`;
    await keepDocuments(db, ledger, keys, keeping);
  }
  const [waiting, kept] = keeping === null ? [stopped, 0] : [0, stopped];
  if (going.length === 0) return { ...none, waiting, kept };
  const { rows } = await sql<{ legacy_id: string }>`
    select legacy_id from ops.import_document
    where ${isMissed} and ${isGoing}
    order by legacy_id`.execute(db);
  // An import at the same time could move a document to another record while it is deleted here. Then the next run deletes it.
  const deleted = await betweenImports(db, 'deletions', async (holding) => {
    let count = 0;
    for (let at = 0; at < rows.length; at += 500) {
      const ids = rows.slice(at, at + 500).map(({ legacy_id }) => legacy_id);
      count += await deleteDocuments(holding.db, ledger, ids, now, confirmedBy);
    }
    return count;
  });
  return { deleted: deleted ?? 0, waiting, kept, postponed: deleted === undefined };
};

type Row = { legacy_id: string; record_key: string | null; payload: Payload; alone: boolean };
type Payload = { readonly fields?: object };

/**
 * A record whose last document is gone gets the event that fits; one with other documents goes on without this one. What
 * belongs to a lead's history stays in it. Documents that have come back are not deleted.
 * @param confirmed who decided that they are deleted; their events say so
 * @returns how many are deleted
 */
const deleteDocuments = async (
  db: AnyDatabase,
  ledger: StagedCollection,
  missed: readonly string[],
  now: Date,
  confirmed: Decided | null,
): Promise<number> => {
  const { rows: missing } = await sql<{ legacy_id: string }>`
    select legacy_id from ops.import_document
    where collection = ${ledger} and legacy_id = any (${missed}::text[]) and missed_sweeps >= ${sweepsNeeded}
      and gone_at is null`.execute(db);
  const ids = missing.map(({ legacy_id }) => legacy_id);
  const { rows } = await sql<Row>`
    select d.legacy_id, d.record_key, d.payload, not exists (
        select from ops.import_document o
        where o.collection = d.collection and o.record_key = d.record_key and o.legacy_id <> all (${ids}::text[])
          and o.gone_at is null) as alone
    from ops.import_document d where d.collection = ${ledger} and d.legacy_id = any (${ids}::text[])`.execute(db);
  const inHistory = collectionPlans[ledger].record === 'lead';
  const changes = rows.map(({ legacy_id, record_key, payload, alone }) => ({
    legacy_id,
    record_key: alone || inHistory ? record_key : null,
    payload: inHistory ? payload : asDeleted(ledger, payload),
  }));
  await db.transaction().execute(async (transaction) => {
    await sql`
      update ops.import_document d set
        -- If it comes back, with whatever content, that is a change.
        content_hash = ${gone}, past_hashes = '{}', updated_at = null, gone_at = ${now}::timestamptz, gone_confirmed = ${confirmed === null ? null : storableJson(confirmed)}::json, unresolved = null,
        version = version + 1, record_key = x.record_key, payload = x.payload,
        -- Nor is it one of another document's record any longer.
        merged = merged and x.record_key is not null, own_key = case when x.record_key is not null then own_key end
      from json_to_recordset(${storableJson(changes)}::json) as x (legacy_id text, record_key text, payload json)
      where d.collection = ${ledger} and d.legacy_id = x.legacy_id`.execute(transaction);
    const left = changes.filter(({ record_key }) => record_key === null).map(({ legacy_id }) => legacy_id);
    await sql`
      delete from ops.import_identity where collection = ${ledger} and legacy_id = any (${left}::text[])`.execute(
      transaction,
    );
    await sql`
      update ops.quarantine set resolved_at = ${now}::timestamptz, gone_at = ${now}::timestamptz
      where collection = ${ledger} and legacy_id = any (${ids}::text[]) and resolved_at is null`.execute(transaction);
    if (inHistory) return;
    const records = rows.flatMap(({ record_key }) => record_key ?? []);
    await markPending(transaction, collectionPlans[ledger].aggregate, records);
  });
  return rows.length;
};

/** What the record says from now on. */
const asDeleted = (ledger: StagedCollection, payload: Payload): Payload => {
  const said = (() => {
    switch (ledger) {
      case 'users':
        return { memberStatus: 'Inactive' };
      case 'contacts':
        return { leadStage: 'Trash' };
      case 'properties':
        return { standardStatus: 'Delete' };
      case 'savedsearches':
        return { activeYN: false, reasonActiveOrDisabled: 'Deleted in the old CRM' };
      default:
        return {};
    }
  })();
  return { ...payload, fields: { ...payload.fields, ...said } };
};
