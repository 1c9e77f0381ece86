import { type Kysely, sql } from 'kysely';
import type { AgentFields } from '../../domain/agent/index.ts';
import type { Known } from '../../domain/changes.ts';

/** What policies use of a member of the brokerage. */
export type PolicyMemberRow = Known<Pick<AgentFields, 'memberStatus' | 'roles' | 'officeKey' | 'specialties'>> & {
  readonly memberKey: string;
  readonly memberFullName: string | null;
};

/** All members of the brokerage, with what policies use. */
export const readPolicyMembers = async (db: Kysely<unknown>): Promise<readonly PolicyMemberRow[]> => {
  const { rows } = await sql<PolicyMemberRow>`
    select member_key as "memberKey", member_full_name as "memberFullName", member_status as "memberStatus", roles, office_key as "officeKey", specialties
    from read.agents order by member_key`.execute(db);
  return rows;
};
