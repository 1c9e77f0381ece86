import { type Kysely, sql } from 'kysely';
import type { AgentFields } from '../../domain/agent/index.ts';
import type { Known } from '../../domain/changes.ts';
import { camelCased } from '../../tables/database.ts';

/** What policies use of a member of the brokerage. */
export type PolicyMemberRow = Known<Pick<AgentFields, 'memberStatus' | 'roles' | 'officeKey' | 'specialties'>> & {
  readonly memberKey: string;
  readonly memberFullName: string | null;
};

/** All members of the brokerage, with what policies use. */
export const readPolicyMembers = async (db: Kysely<unknown>): Promise<readonly PolicyMemberRow[]> => {
  const { rows } = await sql<PolicyMemberRow>`
    select member_key, member_full_name, member_status, roles, office_key, specialties
    from read.agents order by member_key`.execute(camelCased(db));
  return rows;
};
