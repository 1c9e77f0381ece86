import { type QueryExecutorProvider, sql } from 'kysely';
import type { AgentToMatch, LeadToMatch } from '../../matching/agent-fit.ts';
import { notAhead } from '../../platform/database/times-ahead.ts';
import { isNewLeadRow } from '../../projections/leads/new-lead.ts';

/** A lead as it is matched, and as its offer tells of it. */
export type OfferableLead = LeadToMatch & {
  readonly contactKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly leadStage: string | null;
  readonly leadSource: string | null;
  readonly timeframe: string | null;
  readonly bedroomsMin: number | null;
};

export type OfferableAgent = AgentToMatch & {
  readonly memberFullName: string | null;
  readonly slackUserId: string | null;
};

/**
 * The new leads (`isNewLead`) that nobody has and that are on offer to nobody, by key: the newest first, because a lead
 * that asked a minute ago is lost in an hour.
 */
export const unassignedNewLeads = async (db: QueryExecutorProvider, history: bigint): Promise<readonly string[]> => {
  const { rows } = await sql<{ contact_key: string }>`
    select contact_key from read.leads
    where owner_member_key is null and offer_key is null and position > ${history}
      and ${isNewLeadRow}
    order by captured_at desc nulls last, contact_key`.execute(db);
  return rows.map((row) => row.contact_key);
};

/** How many leads wait because all that is known of them is history (see eventstore/origin.ts). */
export const countHistoricLeads = async (db: QueryExecutorProvider, history: bigint): Promise<number> => {
  const { rows } = await sql<{ leads: number }>`
    select count(*)::int as leads from read.leads
    where owner_member_key is null and position <= ${history} and (
      (offer_key is null and coalesce(lead_stage, 'New') = 'New')
      or (offer_key is not null and offer_expires_at is not null
        and not exists (
          select from ops.outbox where dedupe_key = 'lead-offer/' || offer_key or dedupe_key like 'lead-offer/' || offer_key || '/%'
        ))
    )`.execute(db);
  return rows[0]!.leads;
};

/** Which offers of these leads were sent (or wait to be): to whom, by lead and by offer. */
export const readSentOffers = async (
  db: QueryExecutorProvider,
  contactKeys: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>> => {
  const { rows } = await sql<{ contact_key: string; offer_key: string; member_key: string }>`
    select contact_key, split_part(dedupe_key, '/', 2) as offer_key, member_key from ops.outbox
    where contact_key = any (${contactKeys}) and kind = 'lead-offer' and member_key is not null
      and state not in ('failed', 'withheld')
    order by outbox_id`.execute(db);
  const sent = new Map<string, Map<string, string[]>>();
  for (const { contact_key, offer_key, member_key } of rows) {
    const offers = sent.get(contact_key) ?? new Map<string, string[]>();
    sent.set(contact_key, offers.set(offer_key, [...(offers.get(offer_key) ?? []), member_key]));
  }
  return sent;
};

/** These leads, in this order; what is not there is missing. */
export const readLeads = async (
  db: QueryExecutorProvider,
  contactKeys: readonly string[],
): Promise<readonly OfferableLead[]> => {
  const { rows } = await sql<OfferableLead>`
    select contact_key as "contactKey", first_name as "firstName", last_name as "lastName", lead_stage as "leadStage",
      lead_source as "leadSource", timeframe, bedrooms_min as "bedroomsMin", cities, postal_codes as "postalCodes",
      list_price_min::float8 as "listPriceMin", list_price_max::float8 as "listPriceMax", languages,
      tried_member_keys as "triedMemberKeys"
    from read.leads
    where contact_key = any (${contactKeys})
    order by array_position(${contactKeys}::text[], contact_key)`.execute(db);
  return rows;
};

/** All agents, with how much they have to do and when they last got an offer. */
export const readAgents = async (db: QueryExecutorProvider): Promise<readonly OfferableAgent[]> => {
  const { rows } = await sql<OfferableAgent & { lastOfferedAt: Date | null }>`
    with owned as (
      select owner_member_key as member_key, count(*) as leads from read.leads
      where owner_member_key is not null and coalesce(lead_stage, 'New') not in ('Closed', 'Trash')
      group by owner_member_key
    ),
    on_offer as (
      select member_key, count(*) as leads from read.leads, unnest(offered_member_keys) as member_key
      where offer_key is not null and owner_member_key is null
      group by member_key
    ),
    last_offer as (
      select member_key, max(${notAhead(sql`created_at`)}) as at from ops.outbox
      where member_key is not null and kind = 'lead-offer'
      group by member_key
    )
    select member_key as "memberKey", member_full_name as "memberFullName",
      -- Whom Slack does not know any more is written to in the channel.
      case when unreachable.recipient is null then slack_user_id end as "slackUserId", member_status as "memberStatus", roles, cities, postal_codes as "postalCodes",
      list_price_min::float8 as "listPriceMin", list_price_max::float8 as "listPriceMax",
      member_languages as "memberLanguages", max_leads as "maxLeads", hours, time_zone as "timeZone",
      paused_from::text as "pausedFrom", paused_to::text as "pausedTo",
      (coalesce(owned.leads, 0) + coalesce(on_offer.leads, 0))::int as "openLeads", last_offer.at as "lastOfferedAt"
    from read.agents
      left join owned using (member_key)
      left join on_offer using (member_key)
      left join last_offer using (member_key)
      left join ops.undeliverable_recipient as unreachable
        on unreachable.channel = 'slack' and unreachable.recipient = slack_user_id
    order by member_key`.execute(db);
  return rows.map((row) => ({ ...row, lastOfferedAt: row.lastOfferedAt?.toISOString() ?? null }));
};

/** An offer of ours that is open and of which no message was ever queued. */
export type UntoldOffer = {
  readonly contactKey: string;
  readonly memberKey: string;
  readonly offerKey: string;
  readonly expiresAt: string;
};

/** Offers without an end are the old CRM's, which told of them itself. */
export const untoldOffers = async (db: QueryExecutorProvider, history: bigint): Promise<readonly UntoldOffer[]> => {
  const { rows } = await sql<Omit<UntoldOffer, 'expiresAt'> & { expiresAt: Date }>`
    select contact_key as "contactKey", member_key as "memberKey", offer_key as "offerKey",
      offer_expires_at as "expiresAt"
    from read.leads, unnest(offered_member_keys) as member_key
    where offer_key is not null and offer_expires_at is not null and position > ${history}
      and not exists (
        select from ops.outbox
        where dedupe_key in ('lead-offer/' || offer_key, 'lead-offer/' || offer_key || '/' || member_key)
      )
    order by contact_key, member_key`.execute(db);
  return rows.map((row) => ({ ...row, expiresAt: row.expiresAt.toISOString() }));
};
