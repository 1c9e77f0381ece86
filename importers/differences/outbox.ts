import { sql } from 'kysely';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { storableJson } from '../../platform/database/storable.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';

/**
 * The outbox to the old CRM has one row for each record. Writing it writes the record's state at that moment, so
 * changes to a record can neither overtake each other nor be written twice.
 */

/**
 * Marks records whose documents may differ from them.
 * @param state `local` while the old CRM owns their type: then nothing is written, unless something was due before and still is
 */
export const markDue = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKeys: readonly string[],
  now: Date,
  state: 'due' | 'local' = 'due',
): Promise<void> => {
  if (recordKeys.length === 0) return;
  await sql`
    insert into ops.write_back as w (aggregate, record_key, state, due_since, next_attempt_at)
    select ${aggregate}, key, ${state}, ${now}::timestamptz, clock_timestamp()
    from unnest(${[...new Set(recordKeys)].sort()}::text[]) as x (key)
    on conflict (aggregate, record_key) do update set
      state = case when w.state in ('due', 'refused') then 'due' else excluded.state end, attempts = 0, next_attempt_at = excluded.next_attempt_at, code = null, reason = null,
      due_since = case when w.state = 'due' then w.due_since else excluded.due_since end`.execute(db);
};

/** Those of these records that the next run writes in any case. */
export const dueAmong = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKeys: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (recordKeys.length === 0) return new Set();
  const { rows } = await sql<{ record_key: string }>`
    select record_key from ops.write_back
    where aggregate = ${aggregate} and state = 'due' and attempts = 0 and record_key = any (${[...recordKeys]}::text[])`.execute(
    db,
  );
  return new Set(rows.map(({ record_key }) => record_key));
};

/**
 * Notes what is about to be written to a record's documents, by field. If the process dies before it records that they
 * were written, following finds these values and knows that no one edited them.
 */
export const noteIntended = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKey: string,
  values: Readonly<Record<string, unknown>>,
): Promise<void> => {
  await sql`
    update ops.write_back set intended = ${storableJson(values)}::json
    where aggregate = ${aggregate} and record_key = ${recordKey}`.execute(db);
};

/** Notes that nothing of what was about to be written has arrived: the old CRM has refused it, or there was nothing to write. */
export const noteNotWritten = async (db: AnyDatabase, aggregate: OwnedType, recordKey: string): Promise<void> => {
  await sql`
    update ops.write_back set intended = null, inserting = null
    where aggregate = ${aggregate} and record_key = ${recordKey}`.execute(db);
};

/** Notes that the documents of these records have been read since: whatever was about to be written is known to have arrived, or not. */
export const noteRead = async (db: AnyDatabase, aggregate: OwnedType, recordKeys: readonly string[]): Promise<void> => {
  await sql`
    update ops.write_back set intended = null
    where aggregate = ${aggregate} and record_key = any (${[...recordKeys]}::text[]) and intended is not null`.execute(
    db,
  );
};

/** What was about to be written to the documents of these records and was never recorded as written, by record. */
export const intendedFor = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKeys: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> => {
  if (recordKeys.length === 0) return new Map();
  const { rows } = await sql<{ record_key: string; intended: Readonly<Record<string, unknown>> }>`
    select record_key, intended from ops.write_back
    where aggregate = ${aggregate} and record_key = any (${[...recordKeys]}::text[]) and intended is not null`.execute(
    db,
  );
  return new Map(rows.map(({ record_key, intended }) => [record_key, intended]));
};

const dueAgain = sql`state = 'due', attempts = 0, next_attempt_at = clock_timestamp(), code = null, reason = null`;

/** Tries refused ones of these records again: their documents have changed. */
export const retryRefused = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKeys: readonly string[],
): Promise<void> => {
  await sql`
    update ops.write_back set ${dueAgain}
    where aggregate = ${aggregate} and record_key = any (${[...recordKeys]}::text[]) and state = 'refused'`.execute(db);
};

/** The code of a record that is not written because a document of it is in quarantine as it is now. */
export const inQuarantineCode = 'in-quarantine';

/**
 * Tries those again whose documents have left the quarantine. That is not always a change of the record: a document may say the same as
 * before it was there.
 */
export const retryOutOfQuarantine = async (db: AnyDatabase): Promise<void> => {
  await sql`
    update ops.write_back w set ${dueAgain}
    where w.state = 'refused' and w.code = ${inQuarantineCode} and not exists (
      select from ops.import_document d
        join ops.quarantine q on q.collection = d.collection and q.legacy_id = d.legacy_id and q.resolved_at is null
      where d.record_key = w.record_key)`.execute(db);
};

/** The code of a record that is not written because a person keeps it without its document. */
export const keptCode = 'kept';

/** Writes those whose document has come back: the record may have changed here meanwhile. */
export const retryNoLongerKept = async (db: AnyDatabase): Promise<void> => {
  await sql`
    update ops.write_back w set ${dueAgain}
    where w.state = 'written' and w.code = ${keptCode} and not exists (
      select from ops.import_document d
        join ops.import_kept k on k.collection = d.collection and k.document_key = d.legacy_id
      where d.record_key = w.record_key)`.execute(db);
};

/** What waits for the old CRM, by record type. */
export type Waiting = {
  readonly aggregate: OwnedType;
  readonly due: number;
  readonly refused: number;
  readonly oldest: Date | null;
};

export const writesWaiting = async (db: AnyDatabase): Promise<readonly Waiting[]> => {
  const { rows } = await sql<Waiting>`
    select aggregate, (count(*) filter (where state = 'due'))::int as due,
      (count(*) filter (where state = 'refused'))::int as refused, min(due_since) as oldest
    from ops.write_back where state in ('due', 'refused') group by aggregate order by aggregate`.execute(db);
  return rows;
};

/** A record that is not written back yet, and why. */
export type Unwritten = {
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  readonly state: 'due' | 'refused';
  readonly dueSince: Date;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly code: string | null;
  readonly reason: string | null;
  /** The open conflict that holds it up. */
  readonly conflictId: string | null;
};

/** What is waiting or was refused, oldest first. @param limit of all records together */
export const unwritten = async (db: AnyDatabase, limit?: number): Promise<readonly Unwritten[]> => {
  const { rows } = await sql<Unwritten>`
    select w.aggregate, w.record_key, w.state, w.due_since, w.attempts,
      w.next_attempt_at, w.code, w.reason, c.conflict_id
    from ops.write_back w
      left join ops.legacy_conflict c
        on c.aggregate = w.aggregate and c.record_key = w.record_key and c.resolved_at is null
    where w.state in ('due', 'refused') order by w.due_since, w.record_key limit ${limit ?? null}`.execute(
    camelCased(db),
  );
  return rows;
};

/** Retries what was refused or is waiting for its next attempt. @returns how many records */
export const retryWrites = async (db: AnyDatabase): Promise<number> => {
  const { numAffectedRows } = await sql`
    update ops.write_back set ${dueAgain}
    where state in ('due', 'refused')`.execute(db);
  return Number(numAffectedRows ?? 0);
};

/** What became of writing a record. */
export type Outcome =
  | { readonly outcome: 'written' }
  /** `kept`: there is nothing to write it to, as a person decided. */
  | { readonly outcome: 'kept' | 'refused' | 'failed'; readonly code: string; readonly reason: string };
