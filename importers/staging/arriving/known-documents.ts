import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import type { FieldTimes } from '../documents/field-times.ts';
import type { StagedDocument } from './classify.ts';

/** A document as it was last staged, and what is still to be done with it. */
export type KnownDocument = StagedDocument & {
  readonly optOut: boolean;
  readonly recordKey: string | null;
  /** Which readers read it (see readers-version.ts); `null`: a release that did not say. */
  readonly readers: string | null;
  /** An earlier run staged it and ended before its record was applied. */
  readonly pending: boolean;
  /** It is not known whether something that was to be written to it has arrived. */
  readonly beingWritten: boolean;
  /** Where its original is kept; `null`: nowhere. */
  readonly originalBlock: string | null;
};

/** Whether there is nothing to do for a document with this content: it was read so, and its record was applied. */
export const isSettled = (known: KnownDocument, contentHash: string, readers: string): boolean =>
  known.contentHash === contentHash && known.recordKey !== null && !known.pending && known.readers === readers;

type Row = {
  legacy_id: string;
  content_hash: string;
  past_hashes: string[];
  updated_at: Date | null;
  opt_out: boolean;
  record_key: string | null;
  readers: string | null;
  pending: boolean;
  being_written: boolean;
  found_in: string | null;
  original_block: string | null;
};

/** What is known about these documents of a collection, by legacy ID. */
export const knownDocuments = async (
  db: AnyDatabase,
  collection: string,
  legacyIds: readonly string[],
): Promise<ReadonlyMap<string, KnownDocument>> => {
  if (legacyIds.length === 0) return new Map();
  const { rows } = await sql<Row>`
    select d.legacy_id, d.content_hash, d.past_hashes, d.updated_at, d.opt_out, d.record_key, d.readers,
      d.original_block, d.found_in,
      exists (select from ops.import_pending p where p.suspect and p.record_key = d.record_key and p.aggregate = any (
        array['agent', 'lead', 'listing', 'savedSearch'])) as pending,
      exists (select from ops.write_back w where w.intended is not null and w.record_key = d.record_key and w.aggregate = any (
        array['agent', 'lead', 'listing'])) as being_written
    from ops.import_document d
    where d.collection = ${collection} and d.legacy_id = any (${legacyIds}::text[])`.execute(db);
  return new Map(
    rows.map((row) => [
      row.legacy_id,
      {
        contentHash: row.content_hash,
        pastHashes: row.past_hashes,
        updatedAt: row.updated_at?.toISOString(),
        optOut: row.opt_out,
        recordKey: row.record_key,
        readers: row.readers,
        pending: row.pending,
        beingWritten: row.being_written,
        originalBlock: row.original_block,
        foundIn: row.found_in ?? undefined,
      },
    ]),
  );
};

/** The content of a document when it was last staged. */
export type KnownPayload = {
  /** The JSON text as stored. */
  readonly payload: string;
  readonly identities: readonly string[];
  readonly contactRef: string | null;
  readonly agentRef: string | null;
  /** ISO 8601, by its own account. */
  readonly createdAt: string | undefined;
  readonly fieldTimes: FieldTimes;
};

/** The content of these documents when they were last staged, by legacy ID. */
export const knownPayloads = async (
  db: AnyDatabase,
  collection: string,
  legacyIds: readonly string[],
): Promise<ReadonlyMap<string, KnownPayload>> => {
  if (legacyIds.length === 0) return new Map();
  const { rows } = await sql<{
    legacy_id: string;
    payload: string;
    identities: string[];
    contact_ref: string | null;
    agent_ref: string | null;
    created_at: Date | null;
    field_times: FieldTimes | null;
  }>`
    select legacy_id, payload::text as payload, identities, contact_ref, agent_ref, created_at, field_times
    from ops.import_document
    where collection = ${collection} and legacy_id = any (${legacyIds}::text[])`.execute(db);
  return new Map(
    rows.map(({ legacy_id, payload, identities, contact_ref, agent_ref, created_at, field_times }) => [
      legacy_id,
      {
        payload,
        identities,
        contactRef: contact_ref,
        agentRef: agent_ref,
        createdAt: created_at?.toISOString(),
        fieldTimes: field_times ?? {},
      },
    ]),
  );
};
