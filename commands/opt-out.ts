import type { LeadState } from '../domain/lead/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { leads } from './aggregates.ts';
import { type CommandContext, type CommandResult, execute } from './execute.ts';
import { loadLead } from './load-lead.ts';

/**
 * Takes a lead off all e-mail; one that was merged into another is followed there.
 *
 * @returns rejected (`lead-unknown`) when there is no such lead
 */
export const optOut = async (
  store: EventStore,
  contactKey: string,
  context: CommandContext,
): Promise<CommandResult<LeadState>> => {
  const lead = await loadLead(store, contactKey);
  return await execute(store, leads, lead.contactKey, [{ type: 'OptOut' }], context, lead);
};
