import type { AgentFields, AgentState } from '../../domain/agent/index.ts';
import type { Known } from '../../domain/changes.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';

/**
 * Sets when the agent works, by day of the week in the agent's own time zone: `{ hours: { mon: ['09:00', '17:00'] } }`;
 * `null` for at any time. A missing field stays unchanged.
 *
 * @returns rejected: `agent-unknown`
 */
export const setWorkingHours = async (
  store: EventStore,
  {
    memberKey,
    changes,
  }: { readonly memberKey: string; readonly changes: Known<Pick<AgentFields, 'hours' | 'timeZone'>> },
  context: CommandContext,
): Promise<CommandResult<AgentState>> =>
  await execute(store, agents, memberKey, [{ type: 'SetWorkingHours', changes }], context);
