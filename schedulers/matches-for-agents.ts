import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { isOpenLeadRow } from '../projections/leads/open-lead.ts';

/**
 * Stores changed homes that fit buyers who have an agent, until the agent is notified. A later change of the same home
 * replaces an earlier one that is still waiting.
 *
 * @param pairs SQL: rows with `contact_key`, `listing_key` and `position`, named `pair`
 */
export const rememberForAgents = async (
  transaction: QueryExecutorProvider,
  pairs: RawBuilder<unknown>,
  now: Date,
): Promise<void> => {
  await sql`
    insert into ops.agent_match_pending as pending (contact_key, listing_key, change_position, matched_at)
    select pair.contact_key, pair.listing_key, max(pair.position), ${now}::timestamptz
    from ${pairs} join read.leads using (contact_key)
    where owner_member_key is not null and ${isOpenLeadRow}
    group by pair.contact_key, pair.listing_key
    on conflict (contact_key, listing_key) do update
      set change_position = excluded.change_position, matched_at = excluded.matched_at
      where pending.change_position < excluded.change_position`.execute(transaction);
};
