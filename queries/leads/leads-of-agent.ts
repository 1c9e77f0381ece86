import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isOpenLeadRow } from '../../projections/leads/open-lead.ts';
import { camelCased } from '../../tables/database.ts';

/** A lead that an agent has, or has on offer. */
export type AgentsLead = {
  readonly contactKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly leadStage: string | null;
  readonly mobilePhone: string | null;
  readonly email: string | null;
  readonly firstResponseAt: Date | null;
  readonly offerExpiresAt: Date | null;
  /** How many there are, however many are listed. */
  readonly total: number;
};

/**
 * The offers that wait for an agent, the most urgent first, and the open leads they have, those without a response first;
 * at most `limit` of each.
 */
export const readLeadsOfAgent = async (
  db: Kysely<unknown>,
  memberKey: string,
  limit: number,
): Promise<{ readonly offers: readonly AgentsLead[]; readonly leads: readonly AgentsLead[] }> => {
  const read = async (which: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<readonly AgentsLead[]> => {
    const { rows } = await sql<AgentsLead>`
      select contact_key, first_name, last_name, lead_stage,
        mobile_phone, email, first_response_at,
        offer_expires_at, (count(*) over ())::int as total
      from read.leads where ${which} order by ${order}, contact_key limit ${limit}`.execute(camelCased(db));
    return rows;
  };
  const [offers, leads] = await Promise.all([
    read(
      sql`owner_member_key is null and offer_key is not null and offered_member_keys @> array[${memberKey}] and ${isOpenLeadRow}`,
      sql`offer_expires_at nulls last`,
    ),
    read(
      sql`owner_member_key = ${memberKey} and ${isOpenLeadRow}`,
      sql`first_response_at is not null, assigned_at desc nulls last`,
    ),
  ]);
  return { offers, leads };
};

/** Which of these leads an agent has, has on offer, or has been offered before. */
export const leadsOfAgentAmong = async (
  db: Kysely<unknown>,
  memberKey: string,
  contactKeys: readonly string[],
): Promise<readonly Pick<AgentsLead, 'contactKey' | 'firstName' | 'lastName'>[]> => {
  const { rows } = await sql<Pick<AgentsLead, 'contactKey' | 'firstName' | 'lastName'>>`
    select contact_key, first_name, last_name from read.leads
    where contact_key = any (${contactKeys}) and (
      owner_member_key = ${memberKey} or offered_member_keys @> array[${memberKey}] or tried_member_keys @> array[${memberKey}]
    ) order by contact_key`.execute(camelCased(db));
  return rows;
};
