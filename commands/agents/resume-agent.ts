import type { AgentState } from '../../domain/agent/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';

/** Ends an agent's pause, early or open-ended. @returns rejected: `agent-unknown` */
export const resumeAgent = async (
  store: EventStore,
  { memberKey }: { readonly memberKey: string },
  context: CommandContext,
): Promise<CommandResult<AgentState>> => await execute(store, agents, memberKey, [{ type: 'ResumeAgent' }], context);
