import { type QueryExecutorProvider, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';

/** A changed home that fits a buyer of an agent. */
export type AgentMatch = {
  readonly contactKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly listingKey: string;
  readonly position: string;
  /** What happened to the home last. */
  readonly changeType: string | null;
};

/** The agents with matches, those who have waited longest first. @param history older changes are no news */
export const agentsWithMatches = async (db: QueryExecutorProvider, history: bigint): Promise<readonly string[]> => {
  const { rows } = await sql<{ memberKey: string }>`
    select owner_member_key as member_key from ops.agent_match_pending join read.leads using (contact_key)
    where change_position > ${history} and owner_member_key is not null
    group by owner_member_key order by min(matched_at), owner_member_key`.execute(camelCased(db));
  return rows.map(({ memberKey }) => memberKey);
};

/** Takes the matches of an agent's buyers: whatever is not queued in the same transaction is not said. */
export const takeMatches = async (
  transaction: QueryExecutorProvider,
  memberKey: string,
  history: bigint,
): Promise<readonly AgentMatch[]> => {
  const { rows } = await sql<AgentMatch>`
    with taken as (
      delete from ops.agent_match_pending as pending using read.leads as lead
      where lead.contact_key = pending.contact_key and lead.owner_member_key = ${memberKey}
        and pending.change_position > ${history}
      returning pending.contact_key, lead.first_name, lead.last_name, pending.listing_key, pending.change_position
    )
    select contact_key, first_name, last_name,
      taken.listing_key, change_position::text as position,
      (select change_type from read.listing_changes as change
        where change.listing_key = taken.listing_key and change.position <= change_position
        order by change.position desc limit 1) as change_type
    from taken order by taken.listing_key, last_name, first_name, contact_key`.execute(camelCased(transaction));
  return rows;
};

/** Removes what no agent can be notified of any more: leads without an agent, and leads that are gone. */
export const dropOrphans = async (db: QueryExecutorProvider): Promise<void> => {
  await sql`
    delete from ops.agent_match_pending as pending
    where not exists (
      select from read.leads as lead where lead.contact_key = pending.contact_key and lead.owner_member_key is not null
    )`.execute(db);
};
