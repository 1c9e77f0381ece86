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

/**
 * The records that would become one if all of these conflicts were accepted: how many, and the first of them. Records that merely have
 * the same value do not count.
 */
export const joinedByAccepting = async (
  db: AnyDatabase,
  store: EventStore,
  selection: Selection,
  most = 10,
): Promise<{ readonly count: number; readonly first: readonly Shared[] }> => {
  const anyOf = fieldsRecognisedBy.filter((field) => selection.anyOf?.includes(field) ?? true);
  const first: Shared[] = [];
  let count = 0;
  for (let after = 0; anyOf.length > 0; ) {
    const page = await openConflicts(db, { ...selection, anyOf }, { limit: batchSize, after });
    const corrections = page.map((conflict) => acceptanceOf(conflict, selection.anyOf));
    const joined = (await sharedWith(db, store, corrections)).filter(({ follows }) => follows === 'one-record');
    count += joined.length;
    first.push(...joined.slice(0, most - first.length));
    if (page.length < batchSize) break;
    after = Number(page.at(-1)!.conflictId);
  }
  return { count, first };
};
