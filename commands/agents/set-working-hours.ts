import type { AgentFields, AgentState } from '../../domain/agent/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';

/**
 * Sets when the agent works, in the agent's own time zone; `null` for at any time. Without `timeZone`, it stays as it is.
 *
 * @returns rejected: `agent-unknown`
 */
export const setWorkingHours = async (
  store: EventStore,
  {
    memberKey,
    hours,
    timeZone,
  }: {
    readonly memberKey: string;
    readonly hours: AgentFields['hours'] | null;
    readonly timeZone?: string | undefined;
  },
  context: CommandContext,
): Promise<CommandResult<AgentState>> => {
  const changes = { hours: hours ?? null, ...(timeZone === undefined ? {} : { timeZone }) };
  return await execute(store, agents, memberKey, [{ type: 'SetWorkingHours', changes }], context);
};
