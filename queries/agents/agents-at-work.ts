import { type Kysely, sql } from 'kysely';
import { isOpenLeadRow } from '../../projections/leads/open-lead.ts';
import { camelCased } from '../../tables/database.ts';
import { dueAtOfRow, memberKeysOfRow } from '../leads/lead-status.ts';
import type { Judged } from '../leads/list-leads.ts';

/** An agent with their open leads and offers, and their record of the last 30 days. */
export type AgentAtWork = {
  readonly memberKey: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly mobilePhone: string | null;
  readonly roles: readonly string[] | null;
  readonly officeKey: string | null;
  readonly memberStatus: string | null;
  readonly openLeads: number;
  readonly openOffers: number;
  readonly maxLeads: number | null;
  readonly pausedFrom: string | null;
  readonly pausedTo: string | null;
  readonly pausedUntil: Date | null;
  readonly timeZone: string | null;
  readonly hours: Readonly<Record<string, readonly [string, string]>> | null;
  /** Open leads and offers whose deadline has passed. */
  readonly overdue: number;
  readonly offers30: number;
  readonly accepted30: number;
  /** The median, in minutes; `null`: none was answered. */
  readonly answerMinutes: number | null;
  /** The agent's share of all offers of the last 30 days, from 0 to 1. */
  readonly share30: number;
};

/** All agents by name, or one of them. */
export const readAgentsAtWork = async (
  db: Kysely<unknown>,
  { memberKey, ...judged }: { readonly memberKey?: string } & Judged,
): Promise<readonly AgentAtWork[]> => {
  const since = new Date(judged.now.getTime() - 30 * 24 * 3_600_000);
  const { rows } = await sql<AgentAtWork>`
    with owned as (
      select owner_member_key as member_key, count(*)::int as leads from read.leads
      where owner_member_key is not null and ${isOpenLeadRow}
      group by 1
    ),
    offered as (
      select member_key, count(*)::int as leads from read.leads, unnest(offered_member_keys) as member_key
      where offer_key is not null and owner_member_key is null and ${isOpenLeadRow}
      group by 1
    ),
    late as (
      select member_key, count(*)::int as leads from read.leads, unnest(${memberKeysOfRow}) as member_key
      where ${dueAtOfRow(judged.responseMinutes)} < ${judged.now}
      group by 1
    ),
    month as (
      select member_key, count(*)::int as offers, count(*) filter (where outcome = 'accepted')::int as accepted,
        percentile_cont(0.5) within group (order by extract(epoch from answered_at - offered_at) / 60)
          filter (where outcome in ('accepted', 'passed') and not imported_yn) as minutes
      from read.lead_offers where offered_at > ${since}
      group by 1
    )
    select member_key, member_full_name as name, member_status,
      member_email as email, member_mobile_phone as mobile_phone, roles, office_key, coalesce(late.leads, 0) as overdue,
      coalesce(owned.leads, 0) as open_leads, coalesce(offered.leads, 0) as open_offers, max_leads,
      paused_from::text as paused_from, paused_to::text as paused_to, paused_until,
      time_zone, hours, coalesce(month.offers, 0) as "offers30",
      coalesce(month.accepted, 0) as "accepted30", month.minutes as answer_minutes,
      coalesce(month.offers::float8 / nullif(sum(month.offers) over (), 0), 0) as "share30"
    from read.agents
      left join owned using (member_key) left join offered using (member_key) left join month using (member_key)
      left join late using (member_key)
    order by member_full_name, member_key`.execute(camelCased(db));
  return memberKey === undefined ? rows : rows.filter((row) => row.memberKey === memberKey);
};
