import { type Kysely, sql } from 'kysely';

/**
 * Pending matches follow their search: if it now belongs to another lead (because two turned out to be the same
 * person), so do its matches.
 */
export const followSearches = async (db: Kysely<unknown>): Promise<void> => {
  await db.transaction().execute(async (transaction) => {
    await sql`
      with left_behind as (
        delete from ops.alert_pending as pending
        using read.saved_searches as search
        where search.saved_search_key = pending.saved_search_key and search.contact_key <> pending.contact_key
        returning search.contact_key, pending.saved_search_key, pending.listing_key, pending.change_position
      )
      insert into ops.alert_pending as pending (contact_key, saved_search_key, listing_key, change_position)
      select contact_key, saved_search_key, listing_key, max(change_position) from left_behind group by 1, 2, 3
      on conflict (contact_key, saved_search_key, listing_key) do update
        set change_position = greatest(pending.change_position, excluded.change_position)`.execute(transaction);
  });
};
