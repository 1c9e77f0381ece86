import type { LeadCommand, LeadState } from '../domain/lead/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { leads } from './aggregates.ts';
import { type CommandContext, type CommandResult, execute } from './execute.ts';
import { loadLead } from './load-lead.ts';

/** What a command on a lead did, and to which: one that was merged into another is followed there. */
export type LeadResult = CommandResult<LeadState> & { readonly contactKey: string };

/**
 * Runs one command on a lead. What counts is the lead's stream at the moment of appending (compare and set on its revision): of
 * any number of people or processes that do something with a lead at once, each decides on what the one before it did.
 */
export const onLead = async (
  store: EventStore,
  contactKey: string,
  command: LeadCommand,
  context: CommandContext,
): Promise<LeadResult> => {
  const { contactKey: today, ...loaded } = await loadLead(store, contactKey);
  return { ...(await execute(store, leads, today, [command], context, loaded)), contactKey: today };
};
