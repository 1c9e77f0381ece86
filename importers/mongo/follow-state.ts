import { sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';

/** How far a collection of a live MongoDB has been read. Times of documents are by their own dates. */
export type FollowState = {
  /** As the old CRM calls it. */
  readonly collection: string;
  /** When the last full pass began, by the server's clock. */
  readonly passStartedAt: Date | null;
  /** The last `_id` that the full pass under way has staged, as Extended JSON. */
  readonly passAfter: string | null;
  /** The version of the mapping that the full pass under way reads with. */
  readonly passMappingVersion: string | null;
  /** Whether the full pass under way has stopped because of what it put into quarantine. */
  readonly passStoppedYN: boolean;
  readonly passedAt: Date | null;
  /** Changes up to here have been read. */
  readonly cursorAt: Date | null;
  /** How much later than their dates changes came that polls had passed, in ms, and until when polls look back that much further. */
  readonly datedLateMs: number;
  readonly datedLateUntil: Date | null;
  readonly sweepStartedAt: Date | null;
  readonly sweepAfter: string | null;
  readonly sweptAt: Date | null;
  /** When all contents were last compared. */
  readonly comparedAt: Date | null;
  readonly goneConfirmedAt: Date | null;
  readonly goneConfirmedBy: string | null;
  readonly goneConfirmedBecause: string | null;
  readonly goneKeptAt: Date | null;
  readonly goneKeptBy: string | null;
  readonly goneKeptBecause: string | null;
  /** Why it is left out. */
  readonly problem: string | null;
};

/** The state of each collection of a source, by name. */
export const followStates = async (db: AnyDatabase, source: string): Promise<ReadonlyMap<string, FollowState>> => {
  const { rows } = await sql<FollowState>`
    select collection, pass_started_at, pass_after, pass_mapping_version, pass_stopped_yn, passed_at,
      cursor_at, dated_late_ms::float8 as dated_late_ms, dated_late_until, sweep_started_at, sweep_after, swept_at,
      compared_at, gone_confirmed_at, gone_confirmed_by, gone_confirmed_because, gone_kept_at, gone_kept_by, gone_kept_because, problem
    from ops.import_follow where source = ${source}`.execute(camelCased(db));
  return new Map(rows.map((row) => [row.collection, row]));
};

/** Columns of `ops.import_follow` to set. */
export type FollowChange = Partial<{
  pass_started_at: Date | null;
  pass_after: string | null;
  pass_mapping_version: string;
  pass_stopped_yn: boolean;
  passed_at: Date;
  cursor_at: Date;
  polled_at: Date;
  newest_change_at: Date;
  waiting_since: Date | null;
  not_indexed: readonly string[] | null;
  sweep_started_at: Date | null;
  sweep_after: string | null;
  swept_at: Date;
  compared_at: Date;
  problem: string | null;
  documents: number;
  undated: number;
  dated_ahead: number;
  dated_late_ms: number;
  dated_late_until: Date;
  gone_waiting: number;
  gone_confirmed_at: Date | null;
  gone_confirmed_by: null;
  gone_confirmed_because: null;
  gone_kept_at: null;
  gone_kept_by: null;
  gone_kept_because: null;
}>;

/** Notes how far a collection has been read. */
export const noteFollow = async (
  db: AnyDatabase,
  source: string,
  collection: string,
  change: FollowChange,
): Promise<void> => {
  const columns = Object.keys(change).map((name) => sql.ref(name));
  const values = Object.values(change).map((value) => sql`${value}`);
  const updates = Object.keys(change).map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`);
  await sql`
    insert into ops.import_follow (source, collection, ${sql.join(columns)})
    values (${source}, ${collection}, ${sql.join(values)})
    on conflict (source, collection) do update set ${sql.join(updates)}`.execute(db);
};

/** Notes that a run of following begins. */
export const noteAttempt = async (db: AnyDatabase, source: string, now: Date): Promise<void> => {
  await sql`
    insert into ops.import_follow_source (source, attempted_at) values (${source}, ${now}::timestamptz)
    on conflict (source) do update set attempted_at = excluded.attempted_at`.execute(db);
};

/** What is wrong with the old CRM's server. */
export type FollowFailure = { readonly code: string; readonly message: string; readonly hint?: string | undefined };

/** Notes how a run ended: with a failure of the old CRM's server, or without one. */
export const noteOutcome = async (
  db: AnyDatabase,
  source: string,
  now: Date,
  failure: FollowFailure | null,
  followed: boolean,
): Promise<void> => {
  await sql`
    update ops.import_follow_source set
      followed_at = case when ${followed} then ${now}::timestamptz else followed_at end,
      failing_since = case when ${failure?.code ?? null}::text is null then null else coalesce(failing_since, ${now}::timestamptz) end,
      error_code = ${failure?.code ?? null}, error = ${failure?.message ?? null}, hint = ${failure?.hint ?? null}
    where source = ${source}`.execute(db);
};

/**
 * Forgets collections that the mapping does not have any more: nothing is late there, and nothing of them waits. If the mapping gets
 * one of them back, it is read from its beginning.
 */
export const forgetOthers = async (db: AnyDatabase, source: string, collections: readonly string[]): Promise<void> => {
  await sql`
    delete from ops.import_follow where source = ${source} and collection <> all (${[...collections]}::text[])`.execute(
    db,
  );
};
