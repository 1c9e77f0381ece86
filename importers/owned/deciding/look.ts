import { sql } from 'kysely';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { errorCode, userError } from '../../../platform/errors.ts';
import { camelCased } from '../../../tables/database.ts';
import type { AnyDatabase } from '../../database.ts';
import { type Conflict, conflictNumbered } from '../../differences/conflicts.ts';
import {
  type ConflictGroup,
  conflictGroups,
  countConflicts,
  type Selection,
  selected,
} from '../../differences/selecting.ts';
import { withOurSide } from '../resolve-conflict.ts';
import { type Joined, joinedByAccepting } from '../sharing/shared-by-conflicts.ts';

/** What a person sees of the conflicts before deciding about all of them. */
export type Look = {
  readonly count: number;
  readonly groups: readonly ConflictGroup[];
  /** Some of them, with both sides as they are now. */
  readonly samples: readonly Conflict[];
  /** What would become one if all of them were accepted. */
  readonly joined: Joined;
  /** Names the moment of the look: a decision is only about conflicts that were there then and have not changed since. */
  readonly seen: string;
};

const invalidText = '22P02'; // PostgreSQL: invalid_text_representation

/** Looks at the open conflicts that are selected. */
export const lookAt = async (
  { db, store }: { readonly db: AnyDatabase; readonly store: EventStore },
  selection: Selection,
  most = 5,
): Promise<Look> => {
  // Always the same ones, from all over.
  const { rows } = await sql<{ conflictId: string }>`
    select conflict_id::text as conflict_id from ops.legacy_conflict c where ${selected(selection)}
    order by md5(conflict_id::text), conflict_id limit ${most}`.execute(camelCased(db));
  const samples = await Promise.all(
    rows.map(async ({ conflictId }) => {
      const stored = await conflictNumbered(db, conflictId);
      if (stored?.resolvedAt !== null) return [];
      return [await withOurSide(db, store, stored)];
    }),
  );
  // Whatever changes from here on is not decided about, so what is read below is at least as new as what is decided.
  const { rows: snapshots } = await sql<{ seen: string }>`select pg_current_snapshot()::text as seen`.execute(db);
  const shown = await Promise.all(samples.flat().map(({ conflictId }) => conflictNumbered(db, conflictId)));
  return {
    count: await countConflicts(db, selection),
    groups: await conflictGroups(db, selection),
    samples: shown.filter((one) => one?.resolvedAt === null) as readonly Conflict[],
    joined: await joinedByAccepting(db, store, selection),
    seen: snapshots[0]!.seen,
  };
};

/** @throws UserError if no look can have had this name */
export const checkSeen = async (db: AnyDatabase, seen: string): Promise<string> => {
  const { rows } = await sql<{ past: boolean }>`
    select pg_snapshot_xmax(${seen}::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) as past`
    .execute(db)
    .catch((error: unknown) => {
      if (errorCode(error) === invalidText) return { rows: [] };
      throw error;
    });
  if (rows[0]?.past === true) return seen;
  throw userError('--seen is not valid', {
    code: 'look-unknown',
    hint: '`openhouse conflicts accept … --dry-run` shows the conflicts, and the value for --seen.',
  });
};
