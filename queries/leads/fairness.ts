import { type Kysely, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import { outcomeOfRow } from './offer-outcome.ts';

/** How offers went, for one agent or one office. */
export type OfferShare = {
  /** The member key, or the office's. `null`: agents without an office. */
  readonly key: string | null;
  readonly name: string | null;
  readonly offers: number;
  readonly accepted: number;
  readonly passed: number;
  readonly expired: number;
  /** Another agent was faster. */
  readonly taken: number;
  /** Not answered yet. */
  readonly open: number;
  /** Ended otherwise: it could not reach the agent, or someone was given the lead. */
  readonly ended: number;
  /** From offer to acceptance, the median; `null`: none was accepted. */
  readonly minutesToClaim: number | null;
  /** Of all offers, from 0 to 1. */
  readonly share: number;
};

/** How offers went in a period, by agent and by office, those with the most offers first. @param until not included */
export const readFairness = async (
  db: Kysely<unknown>,
  { since, until }: { readonly since: Date; readonly until: Date },
): Promise<{ readonly agents: readonly OfferShare[]; readonly offices: readonly OfferShare[] }> => {
  const by = async (key: ReturnType<typeof sql>, name: ReturnType<typeof sql>): Promise<readonly OfferShare[]> =>
    (
      await sql<OfferShare>`
        select ${key} as key, max(${name}) as name, count(*)::int as offers,
          count(*) filter (where outcome_now = 'accepted')::int as accepted,
          count(*) filter (where outcome_now = 'passed')::int as passed,
          count(*) filter (where outcome_now = 'expired')::int as expired,
          count(*) filter (where outcome_now = 'taken')::int as taken,
          count(*) filter (where outcome_now = 'open')::int as open,
          count(*) filter (where outcome_now in ('withdrawn', 'ended'))::int as ended,
          percentile_cont(0.5) within group (order by extract(epoch from answered_at - offered_at) / 60)
            filter (where outcome_now = 'accepted') as minutes_to_claim,
          count(*)::float8 / sum(count(*)) over () as share
        from (select offer.*, ${outcomeOfRow} as outcome_now from read.lead_offers as offer) as offer
          left join read.agents as agent on agent.member_key = offer.member_key
        where offered_at >= ${since} and offered_at < ${until}
        group by ${key}
        order by offers desc, key`.execute(camelCased(db))
    ).rows;
  const [agents, offices] = await Promise.all([
    by(sql`offer.member_key`, sql`member_full_name`),
    by(sql`office_key`, sql`office_key`),
  ]);
  return { agents, offices };
};
