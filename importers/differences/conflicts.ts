import { sql } from 'kysely';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { inTransaction } from '../../platform/database/in-transaction.ts';
import { storableJson } from '../../platform/database/storable.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import { markDue } from './outbox.ts';
import { type ConflictReason, type Selection, selected } from './selecting.ts';

/** A field that the old CRM changed: what it said before, what it says now, and what openhouse says; `null` for empty. */
export type Disputed = {
  readonly before: unknown;
  readonly legacy: unknown;
  readonly openhouse: unknown;
  /** Of a conflict of which only some fields were accepted: whether this one was. */
  readonly acceptedYN?: boolean;
};
export type DisputedFields = Readonly<Record<string, Disputed>>;

/** What the old CRM says otherwise about a record that openhouse owns. */
export type Conflict = {
  readonly conflictId: string;
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  /** The document that changed last: `properties/5f…`. */
  readonly document: string;
  readonly reason: ConflictReason;
  readonly fields: DisputedFields;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolution: string | null;
  readonly resolvedBy: string | null;
  readonly because: string | null;
};

const columns = sql`conflict_id, aggregate, record_key, document, reason, fields, first_seen_at, last_seen_at, resolved_at, resolution,
  resolved_by, because`;

/**
 * The conflicts that wait for a person, oldest first.
 * @param page how many, and only those after this number
 */
export const openConflicts = async (
  db: AnyDatabase,
  selection: Selection = {},
  { limit, after }: { readonly limit?: number; readonly after?: number | undefined } = {},
): Promise<readonly Conflict[]> => {
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict c where ${selected(selection)} and conflict_id > ${after ?? 0}::bigint
    order by conflict_id limit ${limit ?? null}`.execute(camelCased(db));
  return rows;
};

/** The open conflicts of records that were changed here and are not written yet: both sides may have become equal. */
export const conflictsOfChanged = async (db: AnyDatabase): Promise<readonly Conflict[]> => {
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict c
    where resolved_at is null and exists (select from ops.write_back w
      where w.aggregate = c.aggregate and w.record_key = c.record_key and w.state in ('due', 'local'))
    order by conflict_id`.execute(camelCased(db));
  return rows;
};

/** The numbers of the open conflicts of these records, by record. */
export const conflictNumbersOf = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await sql<{ record_key: string; conflict_id: string }>`
    select record_key, conflict_id::text from ops.legacy_conflict
    where aggregate = ${aggregate} and record_key = any (${[...recordKeys]}::text[]) and resolved_at is null`.execute(
    db,
  );
  return new Map(rows.map(({ record_key, conflict_id }) => [record_key, conflict_id]));
};

/** The conflicts that a decision about many is still to be carried out for, the oldest first (see owned/deciding). */
export const conflictsToDecide = async (
  db: AnyDatabase,
  decisionId: string,
  limit: number,
): Promise<readonly Conflict[]> => {
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict
    where decision_id = ${decisionId}::bigint and resolved_at is null
    order by conflict_id limit ${limit}`.execute(camelCased(db));
  return rows;
};

/** A conflict by its number, resolved or not; `undefined` if there is none. */
export const conflictNumbered = async (db: AnyDatabase, conflictId: string): Promise<Conflict | undefined> => {
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict
    where conflict_id = case when ${conflictId}::text ~ '^[1-9][0-9]{0,17}$' then ${conflictId}::text::bigint end`.execute(
    camelCased(db),
  );
  return rows[0];
};

/** The open conflicts of these records, by record. */
export const conflictsOf = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKeys: readonly string[],
): Promise<ReadonlyMap<string, Conflict>> => {
  if (recordKeys.length === 0) return new Map();
  const { rows } = await sql<Conflict>`
    select ${columns} from ops.legacy_conflict
    where aggregate = ${aggregate} and record_key = any (${[...recordKeys]}::text[]) and resolved_at is null`.execute(
    camelCased(db),
  );
  return new Map(rows.map((row) => [row.recordKey, row]));
};

/** The open conflict of a record; `undefined` if there is none. */
export const conflictOf = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKey: string,
): Promise<Conflict | undefined> => (await conflictsOf(db, aggregate, [recordKey])).get(recordKey);

const changing = 0x6368616e; // "chan": held by whoever changes conflicts

/**
 * Runs `work` in a transaction, during which no one else changes conflicts: what it has read stays valid, and no two transactions wait for
 * each other's rows.
 */
export const changingConflicts = async <Result>(
  db: AnyDatabase,
  work: (transaction: AnyDatabase) => Promise<Result>,
): Promise<Result> => {
  const alone = async (transaction: AnyDatabase) => {
    await sql`select pg_advisory_xact_lock(${changing}, 0)`.execute(transaction);
    return await work(transaction);
  };
  return await inTransaction(db, alone);
};

/** No one has seen these values, so a decision that was about others no longer counts. */
export const changedNow = sql`changed_in = pg_current_xact_id(), decision_id = null`;

/** Stores the values of conflicts, except of those that have grown or were resolved meanwhile. */
export const updateOpen = async (
  db: AnyDatabase,
  conflicts: readonly Pick<Conflict, 'conflictId' | 'lastSeenAt' | 'fields'>[],
): Promise<void> => {
  if (conflicts.length === 0) return;
  const rows = conflicts.map(({ conflictId, lastSeenAt, fields }) => ({
    conflict_id: conflictId,
    seen_at: lastSeenAt,
    fields,
  }));
  await changingConflicts(db, async (transaction) => {
    await sql`
      update ops.legacy_conflict c set fields = x.fields, ${changedNow}
      from json_to_recordset(${storableJson(rows)}::json) as x (conflict_id bigint, seen_at timestamptz, fields json)
      where c.conflict_id = x.conflict_id and c.resolved_at is null
        and date_trunc('milliseconds', c.last_seen_at) = x.seen_at`.execute(transaction);
  });
};

export type Resolution = {
  readonly resolution: 'accepted' | 'partly accepted' | 'refused' | 'withdrawn' | 'agreed' | 'merged';
  readonly by: string | null;
  readonly because: string | null;
};

/** How a conflict is closed: as it is then, and when. */
export type Closing = Resolution & { readonly conflict: Conflict; readonly at: Date };

/**
 * Closes conflicts, except those that have grown since they were read. Documents that still differ from openhouse are overwritten.
 * @param decisionId the decision about many that closes them
 * @returns the numbers of those that are closed
 */
export const closeConflicts = async (
  db: AnyDatabase,
  closings: readonly Closing[],
  decisionId: string | null = null,
): Promise<ReadonlySet<string>> => {
  if (closings.length === 0) return new Set();
  const rows = closings.map(({ conflict: { conflictId, lastSeenAt, fields }, resolution, by, because, at }) => ({
    conflict_id: conflictId,
    seen_at: lastSeenAt,
    ...{ resolution, because, fields, closed_at: at, closed_by: by },
  }));
  return await changingConflicts(db, async (transaction) => {
    const { rows: closed } = await sql<{ conflict_id: string; aggregate: OwnedType; record_key: string; at: Date }>`
      update ops.legacy_conflict c set resolved_at = x.closed_at, resolution = x.resolution, resolved_by = x.closed_by,
        because = x.because, fields = x.fields, decision_id = ${decisionId}::bigint
      from json_to_recordset(${storableJson(rows)}::json) as x (conflict_id bigint, seen_at timestamptz, resolution text,
        because text, fields json, closed_at timestamptz, closed_by text)
      where c.conflict_id = x.conflict_id and c.resolved_at is null
        and date_trunc('milliseconds', c.last_seen_at) = x.seen_at
      returning c.conflict_id::text, c.aggregate, c.record_key, c.resolved_at as at`.execute(transaction);
    for (const aggregate of new Set(closed.map((one) => one.aggregate))) {
      const among = closed.filter((one) => one.aggregate === aggregate);
      await markDue(
        transaction,
        aggregate,
        among.map(({ record_key }) => record_key),
        among[0]!.at,
      );
    }
    return new Set(closed.map(({ conflict_id }) => conflict_id));
  });
};

/** The same for one. @returns whether it is closed */
export const resolve = async (
  db: AnyDatabase,
  conflict: Conflict,
  resolution: Resolution,
  at: Date,
): Promise<boolean> => (await closeConflicts(db, [{ conflict, ...resolution, at }])).size > 0;

/**
 * Closes the open conflict of a record that ended in another one: whatever its documents say otherwise is a conflict of that one now.
 */
export const closeOfEnded = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKey: string,
  now: Date,
): Promise<void> => {
  const open = await conflictOf(db, aggregate, recordKey);
  if (open !== undefined) await resolve(db, open, { resolution: 'merged', by: null, because: null }, now);
};
