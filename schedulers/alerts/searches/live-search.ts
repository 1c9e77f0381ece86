import { type RawBuilder, sql } from 'kysely';
import { isActiveSearchRow } from '../../../projections/saved-searches/active-search.ts';

/**
 * SQL: whether `search` (a row of `read.saved_searches`, or of a left join with it) may send anything: it exists,
 * belongs to a lead, is switched on, and is not on hold. Never null. What matches a search that is not live is never
 * sent, not even later: once the search is live again (`criteria_position`), only later changes count.
 */
export const isLive: RawBuilder<boolean> = sql<boolean>`(
  search.contact_key is not null and ${isActiveSearchRow} and search.on_hold_yn is distinct from true
)`;
