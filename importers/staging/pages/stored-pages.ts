import { sql } from 'kysely';
import { pagesBy } from '../../../platform/database/pages.ts';
import { storableJson } from '../../../platform/database/storable.ts';
import { wasVisibleIn } from '../../changed-by.ts';
import type { AnyDatabase } from '../../database.ts';
import type { DocumentKeys } from '../ids/document-keys.ts';
import { type HashTable, hashTable, type Key, keyOf } from '../ids/hash-table.ts';
import type { UnreadFields } from '../unread-fields.ts';

/**
 * What is known of a page of a source whose bytes are the same as before: all of its documents are on file as they are there,
 * except those that must be looked at.
 */
export type KnownPage = {
  readonly fingerprint: string;
  readonly documents: number;
  readonly keys: DocumentKeys;
  /** Positions, ascending. */
  readonly lookAt: readonly number[];
  readonly unread: UnreadFields;
};

/** The pages of a collection as they are stored, and which documents on file have changed since. */
export type StoredPages = {
  readonly pages: ReadonlyMap<string, KnownPage>;
  readonly changed: HashTable;
  /** What was visible when the changes were loaded. */
  readonly snapshot: string;
};

/**
 * Loads what counts of a collection's pages. Forgets what does not: pages of another version, and changes that no page needs to
 * know.
 */
export const loadPages = async (db: AnyDatabase, collection: string, version: string): Promise<StoredPages> => {
  const snapshot = await forgetOutdated(db, collection, version);
  const pages = new Map<string, KnownPage>();
  const stored = async (after: string, limit: number) => {
    const { rows } = await sql<{
      fingerprint: string;
      documents: number;
      keys: Buffer;
      look_at: number[];
      unread: UnreadFields;
    }>`
      select fingerprint, documents, keys, look_at, unread from ops.import_page
      where collection = ${collection} and fingerprint > ${after} order by fingerprint limit ${limit}`.execute(db);
    return rows;
  };
  for await (const rows of pagesBy(({ fingerprint }) => fingerprint, 250, stored))
    for (const { look_at: lookAt, ...page } of rows) pages.set(page.fingerprint, { ...page, lookAt });
  return { pages, changed: await changedDocuments(db, collection, pages.size > 0), snapshot };
};

/** @returns what was visible before */
export const forgetOutdated = async (db: AnyDatabase, collection: string, version: string): Promise<string> => {
  const { rows } = await sql<{ snapshot: string }>`select pg_current_snapshot()::text as snapshot`.execute(db);
  const { snapshot } = rows[0]!;
  await sql`
    with outdated as (delete from ops.import_page where collection = ${collection}
        -- rather than <>, for which no index is used
        and (version < ${version} or version > ${version}))
    delete from ops.import_document_change
    where collection = ${collection} and ${wasVisibleIn(snapshot)}
      and not exists (select from ops.import_page where collection = ${collection} and version = ${version})`.execute(
    db,
  );
  return snapshot;
};

/**
 * The documents of which a page may say more than is true: those that have changed, or whose records are to be applied again,
 * or that a person corrected.
 */
const changedDocuments = async (db: AnyDatabase, collection: string, wanted: boolean): Promise<HashTable> => {
  const changed = hashTable();
  if (!wanted) return changed;
  const rows = async (after: string, limit: number) => {
    const { rows } = await sql<{ id: string }>`
      select id from (
        select legacy_id as id from ops.import_document_change where collection = ${collection}
        union
        select d.legacy_id from ops.import_pending p
          join ops.import_document d on d.record_key = p.record_key and d.collection = ${collection}
        where p.suspect
        union
        select document_key from ops.quarantine_edit where collection = ${collection} and dropped_at is null
      ) as x where id > ${after} order by id limit ${limit}`.execute(db);
    return rows;
  };
  for await (const page of pagesBy(({ id }) => id, 50_000, rows))
    for (const { id } of page) changed.update(keyOf(id), () => 1);
  return changed;
};

export const storePages = async (
  db: AnyDatabase,
  collection: string,
  version: string,
  pages: readonly KnownPage[],
): Promise<void> => {
  if (pages.length === 0) return;
  await sql`
    insert into ops.import_page (collection, fingerprint, version, documents, keys, look_at, unread)
    select ${collection}, fingerprint, ${version}, documents, keys, look_at::json, unread::json
    from unnest(
      ${pages.map(({ fingerprint }) => fingerprint)}::text[], ${pages.map(({ documents }) => documents)}::integer[],
      ${pages.map(({ keys }) => keys)}::bytea[], ${pages.map(({ lookAt }) => JSON.stringify(lookAt))}::text[],
      ${pages.map(({ unread }) => storableJson(unread))}::text[]
    ) as x (fingerprint, documents, keys, look_at, unread)
    on conflict (collection, fingerprint) do update set
      version = excluded.version, look_at = excluded.look_at, unread = excluded.unread`.execute(db);
};

/** The transaction that this runs in. */
export const transactionIdOf = async (db: AnyDatabase): Promise<string> => {
  const { rows } = await sql<{ id: string }>`select pg_current_xact_id()::text as id`.execute(db);
  return rows[0]!.id;
};

/**
 * After a collection was read: forgets pages, and the changes that no remaining page needs to know. A change is settled if
 * the reading knew of it, or made it, and all remaining pages with its document were read.
 */
export const settlePages = async (db: AnyDatabase, collection: string, settled: Settled): Promise<void> => {
  const { gone, snapshot, written, isThere } = settled;
  const isSettled = sql`collection = ${collection}
    and (${wasVisibleIn(snapshot)} or changed_by = any (${written}::xid8[]))`;
  await sql`
    delete from ops.import_page where collection = ${collection} and fingerprint = any (${gone}::text[])`.execute(db);
  if (isThere === undefined) {
    await sql`delete from ops.import_document_change where ${isSettled}`.execute(db);
    return;
  }
  const changes = async (after: string, limit: number) => {
    const { rows } = await sql<{ id: string }>`
      select legacy_id as id from ops.import_document_change
      where ${isSettled} and legacy_id > ${after} order by legacy_id limit ${limit}`.execute(db);
    return rows.map(({ id }) => id);
  };
  for await (const page of pagesBy((id) => id, 20_000, changes)) {
    const read = page.filter((id) => isThere(keyOf(id)));
    await sql`
      delete from ops.import_document_change where ${isSettled} and legacy_id = any (${read}::text[])`.execute(db);
  }
};

type Settled = {
  /** The fingerprints of pages to forget. */
  readonly gone: readonly string[];
  /** What was visible when the changes were loaded. */
  readonly snapshot: string;
  /** The transactions that wrote what was read. */
  readonly written: readonly string[];
  /** Whether a document was read, if not the whole collection was. */
  readonly isThere?: (key: Key) => boolean;
};
