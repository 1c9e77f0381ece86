import { type RawBuilder, sql } from 'kysely';
import type { AggregateName } from '../../../domain/events.ts';
import { otherNamesOf } from '../../../domain/identity/legacy-id.ts';
import { storableJson } from '../../../platform/database/storable.ts';
import type { AnyDatabase } from '../../database.ts';
import type { FieldTimes } from './field-times.ts';

/** A normalised document, ready to be stored. */
export type StagedRow = {
  readonly legacyId: string;
  readonly contentHash: string;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly payload: object;
  /** For an edited document; otherwise they stay unchanged. */
  readonly fieldTimes: FieldTimes | undefined;
  /** The document has not changed, but newer readers read it differently. */
  readonly readAgain: boolean;
  readonly identities: readonly string[];
  /** Whether its present version says that its person opted out. */
  readonly optOut: boolean;
  /** The e-mail addresses that an opt-out applies to, canonical; only for contacts. */
  readonly addresses: readonly string[];
  /** Its own keys by which other documents may refer to it: `key:memberMlsId:3001`. */
  readonly names: readonly string[];
  readonly recordKey: string | null;
  readonly contactRef: string | undefined;
  readonly agentRef: string | undefined;
  readonly contactKey: string | undefined;
  readonly unresolved: readonly string[] | undefined;
  /** What they are looked up by (see `waitsFor`), if there are any. */
  readonly waitsFor: readonly number[] | undefined;
  /** `field code` of each. */
  readonly warnings: readonly string[] | undefined;
  /** Its collection, if its fields depend on that. */
  readonly foundIn: string | undefined;
  /** Where its original was stored just now; `undefined`: it stays where it is. */
  readonly originalBlock?: string | undefined;
};

/** Stores documents as they are now. A document stays with its record, even if its identities change. */
export const writeDocuments = async (
  db: AnyDatabase,
  collection: string,
  rows: readonly StagedRow[],
  runId: string,
  readers: string,
): Promise<void> => {
  if (rows.length === 0) return;
  await sql`
    insert into ops.import_document as d
      (collection, legacy_id, content_hash, created_at, updated_at, payload, identities, opt_out, record_key,
       contact_ref, agent_ref, contact_key, unresolved, waits_for, warnings, import_run_id, since, field_times,
       readers, read_again, original_block, found_in)
    select ${collection}, "legacyId", "contentHash", "createdAt", "updatedAt", payload, identities, "optOut", "recordKey",
      "contactRef", "agentRef", "contactKey", unresolved, "waitsFor", warnings, ${runId}::bigint,
      coalesce("updatedAt", "createdAt"), "fieldTimes",
      ${readers}, "readAgain", "originalBlock", "foundIn"
    from json_to_recordset(${storableJson(rows)}::json) as x (
      "legacyId" text, "contentHash" text, "createdAt" timestamptz, "updatedAt" timestamptz, payload json,
      identities text[], "optOut" boolean, "recordKey" text, "contactRef" text, "agentRef" text, "contactKey" text,
      unresolved text[], "waitsFor" bigint[], warnings text[], "fieldTimes" json, "readAgain" boolean, "originalBlock" bigint,
      "foundIn" text)
    on conflict (collection, legacy_id) do update set
      content_hash = excluded.content_hash,
      past_hashes = ${pastHashes(sql`excluded.content_hash`, sql`excluded.found_in`)},
      version = d.version + case when d.payload::text = excluded.payload::text or excluded.read_again then 0 else 1 end,
      created_at = excluded.created_at,
      updated_at = excluded.updated_at,
      payload = excluded.payload,
      field_times = coalesce(excluded.field_times, d.field_times),
      identities = excluded.identities,
      opt_out = excluded.opt_out,
      record_key = coalesce(d.record_key, excluded.record_key),
      contact_ref = excluded.contact_ref,
      agent_ref = excluded.agent_ref,
      contact_key = coalesce(excluded.contact_key, d.contact_key),
      unresolved = excluded.unresolved,
      waits_for = excluded.waits_for,
      warnings = excluded.warnings,
      import_run_id = excluded.import_run_id,
      -- Newer readers may read the document's own date differently.
      since = case when excluded.read_again and d.field_times is null then excluded.since else d.since end,
      readers = excluded.readers,
      original_block = coalesce(excluded.original_block, d.original_block),
      found_in = excluded.found_in,
      missed_sweeps = 0,
      gone_at = null,
      gone_confirmed = null,
      -- Until any run has applied its record.
      read_again = excluded.read_again or (d.read_again and d.content_hash = excluded.content_hash)`.execute(db);
};

/** The latest versions that a document used to have (see `classify`), after it was stored in this one. */
const pastHashes = (contentHash: RawBuilder<unknown>, foundIn: RawBuilder<unknown>) => sql`
  case when d.content_hash = ${contentHash} and (d.found_in = ${foundIn} or d.found_in is null or ${foundIn} is null)
    then d.past_hashes
    else (d.past_hashes || (d.content_hash || coalesce(' ' || d.found_in, '')))
      [greatest(1, cardinality(d.past_hashes) - 18):] end`;

/** Notes that documents arrived in a different form, or were read by other readers, with the same meaning. */
export const touchDocuments = async (
  db: AnyDatabase,
  collection: string,
  rows: readonly Pick<StagedRow, 'legacyId' | 'contentHash' | 'updatedAt' | 'warnings' | 'originalBlock' | 'foundIn'>[],
  readers: string,
): Promise<void> => {
  if (rows.length === 0) return;
  await sql`
    update ops.import_document d set
      past_hashes = ${pastHashes(sql`x."contentHash"`, sql`x."foundIn"`)},
      readers = ${readers},
      content_hash = x."contentHash",
      updated_at = coalesce(x."updatedAt", d.updated_at),
      warnings = x.warnings,
      original_block = coalesce(x."originalBlock", d.original_block),
      found_in = x."foundIn"
    from json_to_recordset(${storableJson(rows)}::json) as x (
      "legacyId" text, "contentHash" text, "updatedAt" timestamptz, warnings text[], "originalBlock" bigint, "foundIn" text)
    where d.collection = ${collection} and d.legacy_id = x."legacyId"`.execute(db);
};

/** Stores the identities by which documents can be found; `stale` are former identities. */
export const writeIdentities = async (
  db: AnyDatabase,
  collection: string,
  rows: readonly { readonly legacyId: string; readonly identity: string }[],
  stale: readonly { readonly legacyId: string; readonly identity: string }[],
): Promise<void> => {
  if (stale.length > 0) {
    await sql`
      delete from ops.import_identity i
      using unnest(${stale.map((row) => row.identity)}::text[], ${stale.map((row) => row.legacyId)}::text[])
        as x (identity, legacy_id)
      where i.collection = ${collection} and i.identity = x.identity and i.legacy_id = x.legacy_id`.execute(db);
  }
  if (rows.length === 0) return;
  await sql`
    insert into ops.import_identity (collection, identity, legacy_id)
    select ${collection}, identity, legacy_id
    from unnest(${rows.map((row) => row.identity)}::text[], ${rows.map((row) => row.legacyId)}::text[])
      as x (identity, legacy_id)
    on conflict do nothing`.execute(db);
};

/**
 * Other names of documents, besides their keys; most have none.
 *
 * @param read documents that were read, with their own keys as they are now
 */
export const writeNames = async (
  db: AnyDatabase,
  collection: string,
  legacyIds: readonly string[],
  read: readonly Pick<StagedRow, 'legacyId' | 'names'>[],
): Promise<void> => {
  const keys = read.flatMap(({ legacyId, names }) => names.map((name) => ({ name, legacyId })));
  if (read.length > 0)
    // Not those that stay: whatever changes here is looked for among what waits.
    await sql`
      delete from ops.import_document_name n
      where collection = ${collection} and legacy_id = any (${read.map(({ legacyId }) => legacyId)}::text[])
        and starts_with(name, 'key:') and not exists (
          select from unnest(${keys.map(({ name }) => name)}::text[], ${keys.map(({ legacyId }) => legacyId)}::text[])
            as x (name, legacy_id)
          where x.name = n.name and x.legacy_id = n.legacy_id)`.execute(db);
  const rows = [
    ...legacyIds.flatMap((legacyId) => otherNamesOf(legacyId).map((name) => ({ name, legacyId }))),
    ...keys,
  ];
  if (rows.length === 0) return;
  await sql`
    insert into ops.import_document_name (collection, name, legacy_id)
    select ${collection}, name, legacy_id
    from unnest(${rows.map((row) => row.name)}::text[], ${rows.map((row) => row.legacyId)}::text[]) as x (name, legacy_id)
    on conflict do nothing`.execute(db);
};

/** Marks records as having something to apply. */
export const markPending = async (
  db: AnyDatabase,
  aggregate: AggregateName,
  recordKeys: readonly string[],
): Promise<void> => {
  if (recordKeys.length === 0) return;
  await sql`
    insert into ops.import_pending as p (aggregate, record_key)
    select ${aggregate}, * from unnest(${[...new Set(recordKeys)]}::text[])
    on conflict (aggregate, record_key) do update set regrouped = false where p.regrouped`.execute(db);
};

/**
 * The e-mail addresses of contacts, for opt-outs. These stay, whatever else happens to the addresses (see
 * `identities`).
 */
export const writeAddresses = async (
  db: AnyDatabase,
  rows: readonly Pick<StagedRow, 'legacyId' | 'addresses'>[],
): Promise<void> => {
  if (rows.length === 0) return;
  const pairs = rows.flatMap(({ legacyId, addresses }) => addresses.map((address) => ({ legacyId, address })));
  await sql`
    delete from ops.import_address where legacy_id = any (${rows.map(({ legacyId }) => legacyId)}::text[])`.execute(db);
  await sql`
    insert into ops.import_address (address, legacy_id)
    select * from unnest(${pairs.map(({ address }) => address)}::text[], ${pairs.map(({ legacyId }) => legacyId)}::text[])
    on conflict do nothing`.execute(db);
};

/**
 * An opt-out of someone recognised as `id:<legacy ID>`, `email:<address>` or `key:<slot>:<key>`. `again`: it is a new one even if they had
 * opted out before (and perhaps opted in again since).
 */
export type OptOutRow = { readonly identity: string; readonly place: string; readonly again: boolean };

/** Stores opt-outs, and marks the leads concerned, by any of their documents, as having something to apply. */
export const writeOptOuts = async (db: AnyDatabase, rows: readonly OptOutRow[], now: Date): Promise<void> => {
  if (rows.length === 0) return;
  await sql`
    with seen as (
      insert into ops.import_opt_out as known (identity, place, first_seen_at)
      select identity, min(place), ${now}::timestamptz
      from unnest(${rows.map((row) => row.identity)}::text[], ${rows.map((row) => row.place)}::text[])
        as x (identity, place)
      group by identity
      on conflict (identity) do update set statement = excluded.statement
        where known.identity = any (${rows.filter(({ again }) => again).map(({ identity }) => identity)}::text[])
      returning identity
    )
    insert into ops.import_pending (aggregate, record_key)
    select 'lead', d.record_key from seen
      join ops.import_document d on d.collection = 'contacts' and d.legacy_id = substr(seen.identity, 4)
      where starts_with(seen.identity, 'id:') and d.record_key is not null
    union
    select 'lead', d.record_key from seen
      join ops.import_address a on a.address = substr(seen.identity, 7)
      join ops.import_document d on d.collection = 'contacts' and d.legacy_id = a.legacy_id
      where starts_with(seen.identity, 'email:') and d.record_key is not null
    union
    select 'lead', d.record_key from seen
      join ops.import_document_name n on n.collection = 'contacts' and n.name = seen.identity
      join ops.import_document d on d.collection = 'contacts' and d.legacy_id = n.legacy_id
      where starts_with(seen.identity, 'key:') and d.record_key is not null
    on conflict do nothing`.execute(db);
};

/** Splits by hand whose records are all applied; a later split of these records has another reason. */
export const settleSplits = async (db: AnyDatabase, now: Date): Promise<void> => {
  await sql`
    update ops.import_split_by_hand s set applied_at = ${now}::timestamptz
    where applied_at is null and not exists (
      select from ops.import_kept_apart k
        join ops.import_document d on d.collection = k.collection and d.legacy_id = k.legacy_id
        join ops.import_pending p on p.record_key = d.record_key
      where k.split_id = s.split_id)`.execute(db);
};

/**
 * Clears the mark that documents were only read again, once their records are applied; later differences are changes.
 */
export const settleReadAgain = async (db: AnyDatabase): Promise<void> => {
  await sql`
    update ops.import_document d set read_again = false
    where read_again and not exists (select from ops.import_pending p where p.record_key = d.record_key)`.execute(db);
};
