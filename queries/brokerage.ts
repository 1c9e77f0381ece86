import type { Kysely } from 'kysely';
import { onMarketStatuses } from '../domain/listing/index.ts';
import { isNewLeadRow } from '../projections/leads/new-lead.ts';
import { isOpenLeadRow } from '../projections/leads/open-lead.ts';
import { isActiveSearchRow } from '../projections/saved-searches/active-search.ts';
import { typed } from '../tables/database.ts';
import { ifThere } from './if-there.ts';

/** The brokerage in numbers; `null` before there are read models. */
export type Brokerage = {
  readonly listings: number;
  readonly homesOnMarket: number;
  readonly leads: number;
  /** New leads that no agent has on offer. */
  readonly leadsWaiting: number;
  readonly openOffers: number;
  readonly agents: number;
  readonly savedSearches: number;
  readonly activeSearches: number;
};

export const readBrokerage = async (db: Kysely<unknown>): Promise<Brokerage | null> => {
  const tables = typed(db);
  const [listings, leads, agents, searches] = await Promise.all([
    ifThere(
      tables
        .selectFrom('read.listings')
        .select(({ fn }) => [
          fn.countAll<string>().as('all'),
          fn.countAll<string>().filterWhere('standardStatus', 'in', onMarketStatuses).as('onMarket'),
        ])
        .executeTakeFirst(),
      undefined,
    ),
    ifThere(
      tables
        .selectFrom('read.leads')
        .select(({ fn }) => [
          fn.countAll<string>().as('all'),
          fn
            .countAll<string>()
            .filterWhere('ownerMemberKey', 'is', null)
            .filterWhere('offerKey', 'is', null)
            .filterWhere(isNewLeadRow)
            .as('waiting'),
          fn
            .countAll<string>()
            .filterWhere('ownerMemberKey', 'is', null)
            .filterWhere('offerKey', 'is not', null)
            .filterWhere(isOpenLeadRow)
            .as('offered'),
        ])
        .executeTakeFirst(),
      undefined,
    ),
    ifThere(
      tables
        .selectFrom('read.agents')
        .select(({ fn }) => fn.countAll<string>().as('all'))
        .executeTakeFirst(),
      undefined,
    ),
    ifThere(
      tables
        .selectFrom('read.savedSearches')
        .select(({ fn }) => [
          fn.countAll<string>().as('all'),
          fn.countAll<string>().filterWhere(isActiveSearchRow).as('active'),
        ])
        .executeTakeFirst(),
      undefined,
    ),
  ]);
  if (listings === undefined || leads === undefined || agents === undefined || searches === undefined) return null;
  return {
    listings: Number(listings.all),
    homesOnMarket: Number(listings.onMarket),
    leads: Number(leads.all),
    leadsWaiting: Number(leads.waiting),
    openOffers: Number(leads.offered),
    agents: Number(agents.all),
    savedSearches: Number(searches.all),
    activeSearches: Number(searches.active),
  };
};
