import { type QueryExecutorProvider, sql } from 'kysely';
import { ifThere } from './if-there.ts';

/** The brokerage in numbers; `null` before there are read models. */
export type Brokerage = {
  readonly homesOnMarket: number;
  readonly leads: number;
  /** New ones that are on offer to nobody. */
  readonly leadsWaiting: number;
  readonly openOffers: number;
  readonly activeSearches: number;
};

export const readBrokerage = async (db: QueryExecutorProvider): Promise<Brokerage | null> => {
  const { rows } = await ifThere(
    sql<Brokerage>`
      select
        (select count(*) from read.listings where standard_status in ('Active', 'Active Under Contract', 'Coming Soon'))::float8
          as "homesOnMarket",
        (select count(*) from read.leads)::float8 as leads,
        (select count(*) from read.leads
          where owner_member_key is null and offer_key is null and coalesce(lead_stage, 'New') = 'New')::float8
          as "leadsWaiting",
        (select count(*) from read.leads where owner_member_key is null and offer_key is not null)::float8 as "openOffers",
        (select count(*) from read.saved_searches where active_yn)::float8 as "activeSearches"`.execute(db),
    { rows: [] },
  );
  return rows[0] ?? null;
};
