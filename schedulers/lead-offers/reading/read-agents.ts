import { type Kysely, sql } from 'kysely';
import type { AgentToMatch } from '../../../matching/agent-fit.ts';
import { isOpenLeadRow } from '../../../projections/leads/open-lead.ts';
import { camelCased } from '../../../tables/database.ts';
import type { Shares } from './shares.ts';

export type OfferableAgent = AgentToMatch & {
  readonly memberFullName: string | null;
  readonly slackUserId: string | null;
};

/** How many days of answers count. */
const answersOfDays = 90;

/** All members of the brokerage, with their open leads and their record so far. */
export const readAgents = async (db: Kysely<unknown>, shares: Shares): Promise<readonly OfferableAgent[]> => {
  type Row = Omit<OfferableAgent, 'answers' | 'conversion' | 'pausedUntil'> & {
    readonly pausedUntil: Date | null;
    readonly worked: number;
    readonly closed: number;
  };
  const reading = sql<Row>`
    with owned as (
      select owner_member_key as member_key, count(*) as worked,
        count(*) filter (where lead_stage in ('Under Contract', 'Closed')) as closed,
        count(*) filter (where ${isOpenLeadRow}) as open
      from read.leads
      where owner_member_key is not null
      group by owner_member_key
    ),
    on_offer as (
      select member_key, count(*) as leads from read.leads, unnest(offered_member_keys) as member_key
      where offer_key is not null and owner_member_key is null
      group by member_key
    )
    select member_key, member_full_name,
      -- An agent whom Slack no longer knows is notified in the channel.
      case when unreachable.recipient is null then slack_user_id end as slack_user_id,
      member_status, roles, office_key, cities, postal_codes,
      list_price_min::float8 as list_price_min, list_price_max::float8 as list_price_max, specialties,
      member_languages, licensed_states, max_leads, hours,
      time_zone, paused_from::text as paused_from, paused_to::text as paused_to,
      paused_until, (coalesce(owned.open, 0) + coalesce(on_offer.leads, 0))::int as open_leads,
      coalesce(owned.worked, 0)::int as worked, coalesce(owned.closed, 0)::int as closed
    from read.agents
      left join owned using (member_key)
      left join on_offer using (member_key)
      left join ops.undeliverable_recipient as unreachable
        on unreachable.channel = 'slack' and unreachable.recipient = slack_user_id
    order by member_key`.execute(camelCased(db));
  const [{ rows }, answers] = await Promise.all([reading, readAnswers(db)]);
  return rows.map(({ worked, closed, ...agent }) => ({
    ...agent,
    pausedUntil: agent.pausedUntil?.toISOString() ?? null,
    conversion: { worked, closed },
    answers: answers.get(agent.memberKey) ?? { count: 0, medianMinutes: 0 },
    deficit: shares.deficits.get(agent.memberKey) ?? 0,
    lastOfferedAt: shares.lastOfferedAt.get(agent.memberKey)?.toISOString() ?? null,
  }));
};

/** How agents answered our offers; nothing while the read model is still being built. */
const readAnswers = async (
  db: Kysely<unknown>,
): Promise<ReadonlyMap<string, { count: number; medianMinutes: number }>> => {
  const { rows: there } = await sql<{ there: boolean }>`
    select to_regclass('read.lead_offers') is not null as there`.execute(db);
  if (!there[0]!.there) return new Map();
  const { rows } = await sql<{ member_key: string; count: number; minutes: number }>`
    select member_key, count(*)::int as count,
      percentile_cont(0.5) within group (order by extract(epoch from answered_at - offered_at) / 60) as minutes
    from read.lead_offers
    where outcome in ('accepted', 'passed') and not imported_yn
      and offered_at > now() - make_interval(days => ${answersOfDays})
    group by member_key`.execute(db);
  return new Map(rows.map(({ member_key, count, minutes }) => [member_key, { count, medianMinutes: minutes }]));
};
