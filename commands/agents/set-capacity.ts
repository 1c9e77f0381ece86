import type { AgentState } from '../../domain/agent/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';

/** Sets how many leads the agent takes on at once; `null` for any number. @returns rejected: `agent-unknown` */
export const setCapacity = async (
  store: EventStore,
  { memberKey, maxLeads }: { readonly memberKey: string; readonly maxLeads: number | null },
  context: CommandContext,
): Promise<CommandResult<AgentState>> =>
  await execute(store, agents, memberKey, [{ type: 'SetCapacity', maxLeads }], context);
