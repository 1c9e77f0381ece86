import { type Kysely, sql, type Transaction } from 'kysely';
import type { Mark } from '../../../eventstore/positions/mark.ts';
import { matcherOf } from '../../../matching/saved-search.ts';
import { lockCursor, moveCursor } from '../../alert-cursor.ts';
import { readHomes } from '../homes.ts';
import { candidatesIn } from './candidates.ts';
import { type ChangeRange, changedListings, firstOf, leftOut, news } from './change-range.ts';
import { fixedAfter, forgetFixed, noteHeldRecords } from './held-records.ts';
import { rememberGone, rememberMatches } from './pending.ts';

export type MatchCounts = { readonly changes: number; readonly candidates: number; readonly matches: number };

type Options = {
  readonly now: Date;
  /** How many changes are matched in one transaction. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Matches every change since the last time against every live saved search (`isLive`), and puts the matches into
 * `ops.alert_pending`, where they wait until their search is due. A batch of changes, its matches and the cursor move
 * in one transaction: a crash repeats nothing and loses nothing. Candidates come through a cursor, so memory stays
 * flat.
 *
 * Homes on the market when a search is first seen or changes its criteria count as seen. Records with parked events are
 * left out, and looked at again once they are fixed.
 *
 * @param reached how far to look
 */
export const matchChanges = async (
  db: Kysely<unknown>,
  reached: Mark,
  { now, batchSize = 1_000, signal }: Options,
): Promise<MatchCounts> => {
  const total = { changes: 0, candidates: 0, matches: 0 };
  /** @returns how far the batch got */
  const matchNext = async (transaction: Transaction<unknown>, range: ChangeRange): Promise<bigint> => {
    const batch = await firstOf(transaction, range, batchSize);
    const counts = await matchBatch(transaction, batch, now);
    total.changes += counts.changes;
    total.candidates += counts.candidates;
    total.matches += counts.matches;
    return batch.upTo;
  };

  const { start, again } = await db.transaction().execute(async (transaction) => {
    const start = await lockCursor(transaction, reached.position);
    await noteHeldRecords(transaction, start);
    return { start, again: await fixedAfter(transaction) };
  });
  if (again !== null) {
    for (let from = again; from < start; ) {
      if (signal?.aborted) return total;
      from = await db.transaction().execute((one) => matchNext(one, { scope: leftOut, from, upTo: start }));
    }
    await db.transaction().execute(forgetFixed);
  }
  for (let from = start; from < reached.position && signal?.aborted !== true; ) {
    from = await db.transaction().execute(async (transaction) => {
      const position = await matchNext(transaction, { scope: news, from, upTo: reached.position });
      await moveCursor(transaction, position === reached.position ? reached : { position, event: null });
      return position;
    });
  }
  return total;
};

const matchBatch = async (transaction: Transaction<unknown>, range: ChangeRange, now: Date): Promise<MatchCounts> => {
  const { rows: changed } = await sql<{ listing_key: string; changes: number }>`
    select listing_key, changes from ${changedListings(range)} as changed`.execute(transaction);
  const homes = await readHomes(
    transaction,
    changed.map((row) => row.listing_key),
  );
  const matchers = new Map([...homes].map(([key, home]) => [key, matcherOf(home)]));
  const counts = { changes: changed.reduce((sum, { changes }) => sum + changes, 0), candidates: 0, matches: 0 };
  for await (const rows of candidatesIn(transaction, range)) {
    counts.candidates += rows.length;
    const matching = rows.filter((row) => matchers.get(row.listing_key)?.(row.criteria) === true);
    counts.matches += await rememberMatches(transaction, matching, now);
  }
  counts.matches += await rememberGone(transaction, range, now);
  return counts;
};
