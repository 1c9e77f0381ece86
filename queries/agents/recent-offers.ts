import { type Kysely, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';
import { leadName } from '../leads/lead-name.ts';
import { outcomeOfRow } from '../leads/offer-outcome.ts';

/** An offer to an agent, with its outcome. */
export type RecentOffer = {
  readonly contactKey: string;
  readonly leadName: string | null;
  readonly offeredAt: Date;
  readonly expiresAt: Date | null;
  readonly outcome: string;
  readonly answeredAt: Date | null;
  readonly passReason: string | null;
  readonly importedYN: boolean;
};

/** The newest offers to an agent. */
export const readRecentOffers = async (
  db: Kysely<unknown>,
  memberKey: string,
  limit: number,
): Promise<readonly RecentOffer[]> => {
  const { rows } = await ifThere(
    sql<RecentOffer>`
      select offer.contact_key, lead.name as lead_name, offered_at,
        expires_at, ${outcomeOfRow} as outcome, answered_at, pass_reason,
        imported_yn
      from read.lead_offers as offer
        left join (select contact_key, ${leadName} as name from read.leads) as lead using (contact_key)
      where member_key = ${memberKey}
      order by offered_at desc, offer_key limit ${limit}`.execute(camelCased(db)),
    { rows: [] },
  );
  return rows;
};
