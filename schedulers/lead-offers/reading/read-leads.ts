import { type QueryExecutorProvider, sql } from 'kysely';
import type { LeadToRoute } from '../../../matching/policy/conditions.ts';
import { isNewLeadRow } from '../../../projections/leads/new-lead.ts';
import { camelCased } from '../../../tables/database.ts';
import { offerKeyOf } from './offer-dedupe-key.ts';

/** A lead with what matching and its offer need. */
export type OfferableLead = LeadToRoute & {
  readonly contactKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly leadStage: string | null;
  readonly timeframe: string | null;
  readonly bedroomsMin: number | null;
};

/**
 * The new leads (`isNewLead`) without an agent or an open offer, by key, newest first: a lead that asked a minute ago
 * is lost in an hour.
 */
export const unassignedNewLeads = async (db: QueryExecutorProvider, history: bigint): Promise<readonly string[]> => {
  const { rows } = await sql<{ contact_key: string }>`
    select contact_key from read.leads
    where owner_member_key is null and offer_key is null and position > ${history}
      and ${isNewLeadRow}
    order by captured_at desc nulls last, contact_key`.execute(db);
  return rows.map((row) => row.contact_key);
};

/** How many leads wait because everything known about them is history (see eventstore/positions/origin.ts). */
export const countHistoricLeads = async (db: QueryExecutorProvider, history: bigint): Promise<number> => {
  const { rows } = await sql<{ leads: number }>`
    select count(*)::int as leads from read.leads
    where owner_member_key is null and position <= ${history} and (
      (offer_key is null and ${isNewLeadRow})
      or (offer_key is not null and offer_expires_at is not null
        and not exists (
          select from ops.outbox where dedupe_key = 'lead-offer/' || offer_key or dedupe_key like 'lead-offer/' || offer_key || '/%'
        ))
    )`.execute(db);
  return rows[0]!.leads;
};

/** Which offers of these leads were sent (or are queued), and to whom, by lead and by offer. */
export const readSentOffers = async (
  db: QueryExecutorProvider,
  contactKeys: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>> => {
  const { rows } = await sql<{ contact_key: string; offer_key: string; member_key: string }>`
    select contact_key, ${offerKeyOf(sql`dedupe_key`)} as offer_key, member_key from ops.outbox
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

/** These leads, in this order; leads that do not exist are missing. */
export const readLeads = async (
  db: QueryExecutorProvider,
  contactKeys: readonly string[],
): Promise<readonly OfferableLead[]> => {
  const { rows } = await sql<OfferableLead>`
    select contact_key, first_name, last_name, lead_stage,
      lead_source, timeframe, bedrooms_min, cities, postal_codes,
      leads.list_price_min::float8 as list_price_min, leads.list_price_max::float8 as list_price_max, languages,
      coalesce(inquired_at, captured_at) as captured_at,
      case when listing.listing_key is not null then json_build_object(
        'city', listing.city, 'postalCode', listing.postal_code, 'stateOrProvince', listing.state_or_province,
        'listPrice', listing.list_price::float8, 'propertyType', listing.property_type,
        'propertySubType', listing.property_sub_type, 'listAgentKey', listing.list_agent_key
      ) end as listing
    from read.leads
      left join read.listings as listing on listing.listing_key = inquired_listing_key
    where contact_key = any (${contactKeys})
    order by array_position(${contactKeys}::text[], contact_key)`.execute(camelCased(db));
  return rows;
};

/**
 * Those of these leads whose offers the provider rejected for what they say, to two agents, by key, with the reason. It
 * would reject the offer to anyone, so no third agent is asked.
 */
export const readRejectedOffers = async (
  db: QueryExecutorProvider,
  contactKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await sql<{ contactKey: string; outboxId: string; error: string | null }>`
    select contact_key, (array_agg(outbox_id order by created_at desc))[1] as outbox_id,
      (array_agg(last_error order by created_at desc))[1] as error
    from ops.outbox
    where content_rejected_yn and kind = 'lead-offer' and contact_key = any (${contactKeys})
    group by contact_key
    having count(*) >= 2`.execute(camelCased(db));
  return new Map(
    rows.map(({ contactKey, outboxId, error }) => [
      contactKey,
      `its offer was rejected twice for its content (${error ?? 'no reason given'}): ` +
        `correct the lead, then \`openhouse outbox retry ${outboxId}\``,
    ]),
  );
};

/** An open offer of ours for which no message was ever queued. */
export type OfferWithoutMessage = {
  readonly contactKey: string;
  readonly memberKey: string;
  readonly offerKey: string;
  readonly expiresAt: string | null;
};

/** Offers without a deadline are the old CRM's, which sent its own messages. */
export const offersWithoutMessage = async (
  db: QueryExecutorProvider,
  history: bigint,
): Promise<readonly OfferWithoutMessage[]> => {
  const { rows } = await sql<Omit<OfferWithoutMessage, 'expiresAt'> & { expiresAt: Date | null }>`
    select contact_key, member_key, offer_key,
      offer_expires_at as expires_at
    from read.leads, unnest(offered_member_keys) as member_key
    where offer_key is not null and (offer_expires_at is not null or offer_rule is not null) and position > ${history}
      and not exists (
        select from ops.outbox
        where dedupe_key in ('lead-offer/' || offer_key, 'lead-offer/' || offer_key || '/' || member_key)
      )
    order by contact_key, member_key`.execute(camelCased(db));
  return rows.map((row) => ({ ...row, expiresAt: row.expiresAt?.toISOString() ?? null }));
};
