import type { EventStore } from '../../../eventstore/event-store.ts';
import type { AnyDatabase } from '../../database.ts';
import { type Conflict, openConflicts } from '../../differences/conflicts.ts';
import type { Selection } from '../../differences/selecting.ts';
import type { Correction } from './correction.ts';
import { fieldsRecognisedBy, type Shared, sharedWith } from './shared.ts';

/** What accepting a conflict corrects. @param only the accepted fields; default: all */
export const acceptanceOf = ({ aggregate, recordKey, fields }: Conflict, only?: readonly string[]): Correction => ({
  aggregate,
  recordKey,
  changes: Object.entries(fields).flatMap(([field, { openhouse, legacy, acceptedYN }]) =>
    acceptedYN === false || only?.includes(field) === false ? [] : [{ field, before: openhouse, after: legacy }],
  ),
});

const batchSize = 500;

/** Records that would become one: how many, and the first of them. */
export type Joined = {
  readonly count: number;
  readonly first: readonly Shared[];
  /** Whether every conflict was looked at: otherwise there may be more of them. */
  readonly isComplete: boolean;
};

/**
 * The records that would become one if all of these conflicts were accepted. Records that merely have the same value do not count.
 * @param most how many are returned; `lookedAt`: how many conflicts are looked at, the oldest first, as someone waits for it
 */
export const joinedByAccepting = async (
  db: AnyDatabase,
  store: EventStore,
  selection: Selection,
  { most = 10, lookedAt = 5_000 }: { readonly most?: number; readonly lookedAt?: number } = {},
): Promise<Joined> => {
  const anyOf = fieldsRecognisedBy.filter((field) => selection.anyOf?.includes(field) ?? true);
  const first: Shared[] = [];
  let count = 0;
  for (let [after, left] = [0, lookedAt]; anyOf.length > 0; ) {
    const limit = Math.min(batchSize, left);
    const page = await openConflicts(db, { ...selection, anyOf }, { limit: limit + 1, after });
    const looked = page.slice(0, limit);
    const corrections = looked.map((conflict) => acceptanceOf(conflict, selection.anyOf));
    const joined = (await sharedWith(db, store, corrections)).filter(({ follows }) => follows === 'one-record');
    count += joined.length;
    first.push(...joined.slice(0, most - first.length));
    if (page.length <= limit) break;
    after = Number(looked.at(-1)!.conflictId);
    left -= limit;
    if (left === 0) return { count, first, isComplete: false };
  }
  return { count, first, isComplete: true };
};
