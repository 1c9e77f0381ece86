import { type QueryExecutorProvider, sql } from 'kysely';
import type { ScheduleType, StandardStatus } from '../../../domain/reso.ts';
import type { Criteria } from '../../../domain/saved-search/index.ts';
import { isDisplayedRow } from '../../../projections/listings/displayed.ts';
import { camelCased } from '../../../tables/database.ts';
import { isOptedOutAddress } from '../../recipients/opted-out-address.ts';
import { isUnreachable } from '../../recipients/refused-address.ts';
import { noneHeld } from '../matching/held-records.ts';
import { feedWhenSeen } from '../matching/known-homes.ts';
import { isLive } from '../searches/live-search.ts';
import { isDue } from './due.ts';
import { isSettled } from './settled.ts';

/** A match that is due, with everything that decides whether the buyer is notified. */
export type DueAlert = {
  readonly contactKey: string;
  readonly savedSearchKey: string;
  readonly listingKey: string;
  readonly changePosition: bigint;
  /** The buyer was notified of the home before, by us or by the old CRM. */
  readonly wasSent: boolean;
  /**
   * The home when the buyer was last notified, otherwise when the search began; `null`: it did not exist, or is not
   * known.
   */
  readonly seenStatus: StandardStatus | null;
  readonly seenPrice: number | null;
  /** The home had been off the market before it first came on it since then. */
  readonly cameBack: boolean;
  readonly savedSearchName: string | null;
  readonly scheduleType: ScheduleType | null;
  readonly criteria: Criteria;
  readonly email: string | null;
  readonly firstName: string | null;
  /** Why the buyer is not notified, for people; `null` if there is no reason. */
  readonly dropReason: string | null;
};

/**
 * SQL on `pending`: whether everything that it depends on is up to date. Otherwise it waits until someone fixes that.
 */
export const isUpToDate = noneHeld({
  lead: sql`pending.contact_key`,
  savedSearch: sql`pending.saved_search_key`,
  listing: sql`pending.listing_key`,
});

/** What is due for these leads, as of this transaction. */
export const readDueAlerts = async (
  transaction: QueryExecutorProvider,
  contactKeys: readonly string[],
  now: Date,
  history: bigint,
): Promise<readonly DueAlert[]> => {
  const { rows } = await sql<Omit<DueAlert, 'changePosition'> & { changePosition: string }>`
    select pending.contact_key, pending.saved_search_key,
      pending.listing_key, pending.change_position,
      memory.contact_key is not null as was_sent, coalesce(memory.sent_status, feed.seen_status) as seen_status,
      -- If we sent it without a price, the buyer knows no price, whatever the home had cost before.
      coalesce(
        memory.sent_price, case when memory.sent_status is null then feed.seen_price end, feed.first_price
      )::float8 as seen_price,
      coalesce(feed.came_back, false) as came_back,
      search.saved_search_name, search.schedule_type,
      coalesce(search.criteria, '{}') as criteria, lead.email, lead.first_name,
      case
        when lead.email_opt_out or ${isOptedOutAddress(sql`lead.email`)} then 'opted out'
        when lead.contact_key is null then 'lead unknown'
        when lead.email is null then 'no e-mail address'
        when exists (select from read.agents where member_email = lead.email) then 'address of an agent'
        when ${isUnreachable({ email: sql`lead.email`, otherEmails: sql`lead.other_emails` })} then 'address refused'
        when search.on_hold_yn then 'search on hold'
        when not ${isLive} or search.contact_key <> lead.contact_key then 'search switched off'
        when search.criteria_position >= pending.change_position then 'search changed since'
        when not ${isDisplayedRow} then 'not to be shown'
        when listing.listing_key is null then 'listing unknown'
      end as drop_reason
    from ops.alert_pending as pending
      left join read.saved_searches as search using (saved_search_key)
      left join ops.alert_search as sent using (saved_search_key)
      left join read.leads as lead on lead.contact_key = pending.contact_key
      left join read.listings as listing on listing.listing_key = pending.listing_key
      left join ops.sent_memory as memory
        on memory.contact_key = pending.contact_key and memory.listing_key = pending.listing_key
      left join ${feedWhenSeen(history)} as feed on true
    where pending.contact_key = any (${contactKeys})
      and (not ${isLive} or (${isDue(now)} and ${isSettled(now)} and pending.change_position > ${history})) and ${isUpToDate}
    order by pending.contact_key, pending.change_position, pending.saved_search_key`.execute(camelCased(transaction));
  return rows.map((row) => ({ ...row, changePosition: BigInt(row.changePosition) }));
};
