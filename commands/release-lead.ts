import type { EventStore } from '../eventstore/event-store.ts';
import type { CommandContext } from './execute.ts';
import { type LeadResult, onLead } from './on-lead.ts';

/**
 * An agent gives a lead back, or a person takes it away from them: it is new again, and is offered to others.
 *
 * `memberKey` is the agent who has the lead, so a late release does not take it from another agent.
 *
 * @returns rejected: `lead-unassigned` (no agent has it), `lead-elsewhere` (another agent has it), `lead-closed`,
 * `lead-unknown`
 */
export const releaseLead = async (
  store: EventStore,
  { contactKey, memberKey }: { readonly contactKey: string; readonly memberKey: string },
  context: CommandContext,
): Promise<LeadResult> => await onLead(store, contactKey, { type: 'ReleaseLead', memberKey }, context);
