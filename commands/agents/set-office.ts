import type { AgentState } from '../../domain/agent/index.ts';
import { keySchema } from '../../domain/values.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';

/** An office as people give it: its name or key, on one line; `none` or nothing for no office. */
export const officeOf = (text: string): { readonly officeKey: string | null } | { readonly problem: string } => {
  const given = text.trim();
  if (given === '' || given.toLowerCase() === 'none') return { officeKey: null };
  const fits = keySchema.safeParse(given).success && !/\p{Cc}/u.test(given);
  return fits ? { officeKey: given } : { problem: 'an office is a name or key of at most 200 characters, on one line' };
};

/**
 * Sets the office of an agent, by which a routing policy finds its agents (`offices`) and listings (`listingOffices`);
 * `null` for none.
 *
 * @returns rejected: `agent-unknown`
 */
export const setOffice = async (
  store: EventStore,
  { memberKey, officeKey }: { readonly memberKey: string; readonly officeKey: string | null },
  context: CommandContext,
): Promise<CommandResult<AgentState>> =>
  await execute(store, agents, memberKey, [{ type: 'CorrectAgent', changes: { officeKey } }], context);
