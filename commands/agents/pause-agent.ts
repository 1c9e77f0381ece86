import type { AgentState, Pause } from '../../domain/agent/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';

/**
 * The agent gets no offers during a pause, which replaces any previous pause: `{ from, to }` are days, both included
 * (`to: null`: until further notice); with `until`, it ends at that moment of its last day.
 *
 * @returns rejected: `pause-backwards`, `agent-unknown`
 */
export const pauseAgent = async (
  store: EventStore,
  { memberKey, pause }: { readonly memberKey: string; readonly pause: Pause },
  context: CommandContext,
): Promise<CommandResult<AgentState>> =>
  await execute(store, agents, memberKey, [{ type: 'PauseAgent', pause }], context);
