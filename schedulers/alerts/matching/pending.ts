import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { shownStatuses } from '../../../domain/listing/index.ts';
import { rememberForAgents } from '../../matches-for-agents.ts';
import { isLive } from '../searches/live-search.ts';
import type { Candidate } from './candidates.ts';
import { type ChangeRange, changedListings } from './change-range.ts';

import { noneHeld } from './held-records.ts';

/**
 * Stores pairs of a buyer's search and a changed home in `ops.alert_pending` until the search is due. A later change of
 * the same home replaces an earlier one that is still waiting.
 *
 * @param pairs SQL: rows with `contact_key`, `saved_search_key`, `listing_key` and `position`, named `pair`
 * @returns how many pairs are new, or were waiting for an earlier change
 */
const remember = async (transaction: QueryExecutorProvider, pairs: RawBuilder<unknown>, now: Date): Promise<number> => {
  const { numAffectedRows } = await sql`
    insert into ops.alert_pending as pending
      (contact_key, saved_search_key, listing_key, change_position, matched_at)
    select pair.contact_key, pair.saved_search_key, pair.listing_key, pair.position, ${now}::timestamptz from ${pairs}
    on conflict (contact_key, saved_search_key, listing_key) do update
      set change_position = excluded.change_position, matched_at = excluded.matched_at
      where pending.change_position < excluded.change_position`.execute(transaction);
  return Number(numAffectedRows ?? 0n);
};

/** Stores homes that match a search. */
export const rememberMatches = async (
  transaction: QueryExecutorProvider,
  pairs: readonly Candidate[],
  now: Date,
): Promise<number> => {
  if (pairs.length === 0) return 0;
  const columns = sql`unnest(
    ${pairs.map((pair) => pair.contact_key)}::text[],
    ${pairs.map((pair) => pair.saved_search_key)}::text[],
    ${pairs.map((pair) => pair.listing_key)}::text[],
    ${pairs.map((pair) => pair.change_position)}::bigint[]
  ) as pair (contact_key, saved_search_key, listing_key, position)`;
  await rememberForAgents(transaction, columns, now);
  return await remember(transaction, columns, now);
};

/** Stores homes that left the market for the buyers who were sent them, under the search that found them. */
export const rememberGone = async (
  transaction: QueryExecutorProvider,
  range: ChangeRange,
  now: Date,
): Promise<number> => {
  const gone = sql`(
    select memory.contact_key, memory.saved_search_key, memory.listing_key, changed.position
    from ${changedListings(range)} as changed
      join read.listings as listing using (listing_key)
      join ops.sent_memory as memory using (listing_key)
      join read.saved_searches as search on search.saved_search_key = memory.saved_search_key
    where listing.standard_status <> all (${shownStatuses}) and memory.sent_status = any (${shownStatuses})
      and ${isLive} and search.criteria_position < changed.position
      and ${noneHeld({ savedSearch: sql`memory.saved_search_key` })}
  ) as pair
  where ${range.scope.pairs}`;
  return await remember(transaction, gone, now);
};
