import type { Known } from '../changes.ts';
import type { AgentFields } from './schema.ts';

/** Whether a person is with the brokerage. The same in SQL: `isActiveAgentRow` in projections/agents/active-agent.ts. */
export const isActive = ({ memberStatus }: Known<Pick<AgentFields, 'memberStatus'>>): boolean =>
  memberStatus !== 'Inactive';

/** Whether leads are offered to a person with these roles. A person without roles counts as an agent. */
export const isAgent = ({ roles }: Known<Pick<AgentFields, 'roles'>>): boolean =>
  !roles || roles.length === 0 || roles.some((role) => role.toLowerCase() === 'agent');
