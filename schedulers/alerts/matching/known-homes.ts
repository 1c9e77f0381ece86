import { type RawBuilder, sql } from 'kysely';

/**
 * SQL: what the market feed says of the time when the buyer of `pending` last looked at the home, as columns of `feed`;
 * for pairs whose memory (`memory`) does not say it all. That time is
 *
 * - when we, or the old CRM, last told of it (the old CRM kept no price: it is the one of that day, else the first known);
 * - for a home they were never told of: when the search (`search`) began. What matched then counts as seen, and so does
 *   what is history to this database (up to `history`, see eventstore/origin.ts).
 *
 * `seen_status`, `seen_price`: the home at that time, if it was there. `first_price`: the first one known after it.
 * `came_back`: the first that came on the market after it had been off it.
 */
export const feedWhenSeen = (history: bigint): RawBuilder<unknown> => sql`lateral (
  select
    (array_agg(one.standard_status order by one.position desc) filter (where one.seen))[1] as seen_status,
    (array_agg(one.list_price order by one.position desc) filter (where one.seen and one.list_price is not null))[1]
      as seen_price,
    (array_agg(one.list_price order by one.position) filter (where not one.seen and one.list_price is not null))[1]
      as first_price,
    (array_agg(one.change_type order by one.position)
      filter (where not one.seen and one.standard_status in ('Active', 'Coming Soon')))[1] = 'Back On Market' as came_back
  from (
    select position, change_type, standard_status, list_price,
      case
        when memory.told_position is not null then position <= memory.told_position
        when memory.legacy_sent_at is not null then occurred_at <= memory.legacy_sent_at
        else position <= greatest(search.criteria_position, ${history})
      end as seen
    from read.listing_changes
    where listing_key = pending.listing_key and (memory.told_status is null or memory.told_price is null)
  ) as one
)`;
