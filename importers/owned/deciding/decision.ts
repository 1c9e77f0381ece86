import { sql } from 'kysely';
import type { CommandContext } from '../../../commands/execute.ts';
import { storableJson } from '../../../platform/database/storable.ts';
import { camelCased } from '../../../tables/database.ts';
import type { AnyDatabase } from '../../database.ts';
import { changingConflicts } from '../../differences/conflicts.ts';
import { type Selection, selected } from '../../differences/selecting.ts';
import { checkSeen } from './look.ts';

/** A person's decision about many conflicts, and how far it has been carried out. */
export type Decision = {
  readonly decisionId: string;
  readonly action: 'accept' | 'refuse';
  readonly selection: Selection;
  /** The fields that are accepted of each conflict; its others are refused. `null`: all are. */
  readonly acceptedFields: readonly string[] | null;
  /** Who decided, and why. */
  readonly context: CommandContext;
  readonly askedAt: Date;
  /** `null` until it is carried out, or stopped by the person. */
  readonly finishedAt: Date | null;
  /** The conflicts that it is about. */
  readonly selected: number;
  /** Those that it closed. */
  readonly decided: number;
  /** Open ones whose record does not take the values. */
  readonly rejected: number;
  /** Those that changed, or were decided by someone else, before it was their turn. */
  readonly changed: number;
  /** Those whose turn has not come yet. */
  readonly left: number;
  /** Open ones that match the selection too, and came or changed after the person had looked. */
  readonly unseen: number;
};

type Asked = {
  readonly action: Decision['action'];
  readonly selection: Selection;
  readonly only?: readonly string[] | undefined;
  readonly seen: string;
};

/** The conflicts that a decision which accepts only these fields is about: those that have none of them are not selected. */
export const withAnyOf = (selection: Selection, only: readonly string[] | undefined): Selection =>
  only === undefined ? selection : { ...selection, anyOf: only };

/**
 * Records a decision about the open conflicts that are selected and have not changed since the person looked. From now on it is about
 * these and no others: one that changes, on either side, is no longer among them. Those that an earlier decision is still to be carried
 * out for are decided by that one.
 * @param asked.seen as `lookAt` named it
 * @throws UserError if no look ever had that name
 */
export const beginDecision = async (
  db: AnyDatabase,
  { action, selection: given, only, seen }: Asked,
  context: CommandContext,
): Promise<string> => {
  const selection = withAnyOf(given, only);
  const snapshot = await checkSeen(db, seen);
  return await changingConflicts(db, async (transaction) => {
    const { rows } = await sql<{ decision_id: string }>`
      insert into ops.conflict_decision (action, selection, accepted_fields, context, asked_at, selected, unseen)
      values (${action}, ${storableJson(selection)}::json, ${only === undefined ? null : [...only]}::text[], ${storableJson(context)}::json, ${context.occurredAt}::timestamptz, 0, 0)
      returning decision_id::text`.execute(transaction);
    const { decision_id: decisionId } = rows[0]!;
    // A transaction that is still ahead is one of another server, from before a backup was restored.
    await sql`
      with chosen as (
        select conflict_id, c.decision_id is not null as is_taken, changed_in >= pg_snapshot_xmax(pg_current_snapshot())
          or pg_visible_in_snapshot(changed_in, ${snapshot}::pg_snapshot) as is_seen
        from ops.legacy_conflict c where ${selected(selection)}),
      pinned as (
        update ops.legacy_conflict c set decision_id = ${decisionId}::bigint
        from chosen where chosen.conflict_id = c.conflict_id and is_seen and not is_taken)
      update ops.conflict_decision set selected = (select count(*) from chosen where is_seen),
        unseen = (select count(*) from chosen where not is_seen)
      where decision_id = ${decisionId}::bigint`.execute(transaction);
    return decisionId;
  });
};

const decisions = sql`
  select d.decision_id, action, selection, accepted_fields, context, asked_at, finished_at, selected, unseen, rejected, decided, "left",
    selected - rejected - decided - "left" as changed
  from ops.conflict_decision d cross join lateral (
    select (count(*) filter (where resolution in ('accepted', 'partly accepted', 'refused')))::int as decided,
      (count(*) filter (where resolved_at is null))::int as "left"
    from ops.legacy_conflict c where c.decision_id = d.decision_id) as counted`;

/** A decision by its number; `undefined` if there is none. */
export const decisionNumbered = async (db: AnyDatabase, decisionId: string): Promise<Decision | undefined> => {
  const { rows } = await sql<Decision>`${decisions} where d.decision_id::text = ${decisionId}`.execute(camelCased(db));
  return rows[0];
};

/** The decisions that are not carried out completely, the oldest first. */
export const unfinishedDecisions = async (db: AnyDatabase): Promise<readonly Decision[]> => {
  const { rows } = await sql<Decision>`${decisions} where finished_at is null order by d.decision_id`.execute(
    camelCased(db),
  );
  return rows;
};

/** Ends a decision. Conflicts whose turn had not come stay open. */
export const endDecision = async (db: AnyDatabase, decisionId: string, now: Date): Promise<void> => {
  await changingConflicts(db, async (transaction) => {
    await sql`
      update ops.conflict_decision set finished_at = ${now}::timestamptz
      where decision_id = ${decisionId}::bigint and finished_at is null`.execute(transaction);
    await release(transaction, decisionId);
  });
};

const release = async (db: AnyDatabase, decisionId: string): Promise<void> => {
  await sql`
    update ops.legacy_conflict set decision_id = null
    where decision_id = ${decisionId}::bigint and resolved_at is null`.execute(db);
};

/** Takes conflicts out of a decision because their records do not take the values; they stay open. */
export const noteRejected = async (
  db: AnyDatabase,
  decisionId: string,
  conflictIds: readonly string[],
): Promise<void> => {
  await changingConflicts(db, async (transaction) => {
    await sql`
      with released as (
        update ops.legacy_conflict set decision_id = null
        where conflict_id = any (${[...conflictIds]}::bigint[]) and decision_id = ${decisionId}::bigint and resolved_at is null
        returning 1)
      update ops.conflict_decision set rejected = rejected + (select count(*) from released)
      where decision_id = ${decisionId}::bigint`.execute(transaction);
  });
};
