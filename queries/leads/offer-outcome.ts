import { type RawBuilder, sql } from 'kysely';
import { isOpenLeadRow } from '../../projections/leads/open-lead.ts';

/**
 * SQL on a row of `read.lead_offers as offer`: its outcome. An unanswered offer has ended once its lead has an agent, is closed, or is
 * on another offer; the old CRM often says no more than that.
 */
export const outcomeOfRow: RawBuilder<string> = sql<string>`(
  case when offer.outcome = 'open' and exists (
    select from read.leads where leads.contact_key = offer.contact_key
      and (leads.owner_member_key is not null or leads.offer_key is distinct from offer.offer_key or not ${isOpenLeadRow})
  ) then 'ended' else offer.outcome end
)`;
