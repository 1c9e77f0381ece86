import type { EventStore } from '../eventstore/event-store.ts';
import type { CommandContext } from './execute.ts';
import { type LeadResult, onLead } from './on-lead.ts';

/**
 * A lead that was closed or in the trash is worked on again: it is new, stays with its agent or, without one, is offered.
 *
 * One that is neither changes nothing.
 *
 * @returns rejected: `lead-unknown`
 */
export const reopenLead = async (
  store: EventStore,
  { contactKey }: { readonly contactKey: string },
  context: CommandContext,
): Promise<LeadResult> => await onLead(store, contactKey, { type: 'ReopenLead' }, context);
