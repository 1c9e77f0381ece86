import { type Kysely, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';
import { statusOfRow } from './lead-status.ts';

/** How many leads an agent has on offer. */
export type OffersOfAgent = {
  readonly memberKey: string;
  readonly name: string;
  readonly open: number;
  /** Of these, the ones whose deadline has passed. */
  readonly overdue: number;
};

/** Open offers by agent, those with the most overdue first. An offer to several agents counts for each of them. */
export const countOffersByAgent = async (db: Kysely<unknown>, now: Date): Promise<readonly OffersOfAgent[]> => {
  const { rows } = await ifThere(
    sql<OffersOfAgent>`
      select offered.member_key, coalesce(member_full_name, 'an agent who is not known') as name,
        count(*)::int as open, (count(*) filter (where offer_expires_at < ${now}))::int as overdue
      from read.leads, unnest(offered_member_keys) as offered (member_key)
        left join read.agents on agents.member_key = offered.member_key
      where ${statusOfRow} = 'offered'
      group by 1, 2 order by overdue desc, open desc, name, 1`.execute(camelCased(db)),
    { rows: [] },
  );
  return rows;
};
