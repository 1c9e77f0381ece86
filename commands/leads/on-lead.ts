import type { LeadCommand, LeadState } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { leads } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute } from '../execute.ts';
import { loadLead } from './load-lead.ts';

/**
 * The result of a command on a lead, and the lead's key: a merged lead is followed to the one that it was merged into.
 */
export type LeadResult = CommandResult<LeadState> & { readonly contactKey: string };

/**
 * Runs one command on a lead. It decides by the lead's stream at the moment of appending (compare and set on its
 * revision), so if several people or processes act on a lead at once, each decision takes the previous ones into
 * account.
 *
 * @param command the command, or a function that makes it from the lead as first read (it is not called again after a
 * conflict)
 */
export const onLead = async (
  store: EventStore,
  contactKey: string,
  command: LeadCommand | ((state: LeadState) => LeadCommand),
  context: CommandContext,
): Promise<LeadResult> => {
  const { contactKey: today, ...loaded } = await loadLead(store, contactKey);
  const decided = typeof command === 'function' ? command(loaded.state) : command;
  return { ...(await execute(store, leads, today, [decided], context, loaded)), contactKey: today };
};
