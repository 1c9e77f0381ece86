import { type RawBuilder, sql } from 'kysely';
import { shownStatuses } from '../../../domain/listing/index.ts';

/**
 * SQL: the home at the time when the buyer of `pending` last saw it, according to the market feed, as columns of
 * `feed`; for pairs about which the memory (`memory`) is incomplete. That time is
 *
 * - when we, or the old CRM, last sent it (the old CRM kept no price, so it is the price of that day, or the first
 *   known one);
 * - for a home that was never sent, when the search (`search`) began. Whatever matched then counts as seen, and so does
 *   everything that is history to this database (up to `history`, see eventstore/positions/origin.ts).
 *
 * `seen_status`, `seen_price`: the home at that time, if it existed. `first_price`: the first known price after it.
 * `came_back`: whether the first change onto the market after it was a return to the market.
 */
export const feedWhenSeen = (history: bigint): RawBuilder<unknown> => sql`lateral (
  select
    (array_agg(one.standard_status order by one.position desc) filter (where one.seen))[1] as seen_status,
    (array_agg(one.list_price order by one.position desc) filter (where one.seen and one.list_price is not null))[1]
      as seen_price,
    (array_agg(one.list_price order by one.position) filter (where not one.seen and one.list_price is not null))[1]
      as first_price,
    (array_agg(one.change_type order by one.position)
      filter (where not one.seen and one.standard_status = any (${shownStatuses})))[1] = 'Back On Market' as came_back
  from (
    select position, change_type, standard_status, list_price,
      case
        when memory.sent_position is not null then position <= memory.sent_position
        when memory.legacy_sent_at is not null then occurred_at <= memory.legacy_sent_at
        else position <= greatest(search.criteria_position, ${history})
      end as seen
    from read.listing_changes
    where listing_key = pending.listing_key and (memory.sent_status is null or memory.sent_price is null)
  ) as one
)`;
