import type { EventStore } from '../../eventstore/event-store.ts';
import type { CommandContext } from '../execute.ts';
import { type LeadResult, onLead } from './on-lead.ts';

/**
 * Reopens a closed or trashed lead: it is new again and stays with its agent or, without one, is offered.
 *
 * A lead that is neither closed nor in the trash does not change.
 *
 * @returns rejected: `lead-unknown`
 */
export const reopenLead = async (
  store: EventStore,
  { contactKey }: { readonly contactKey: string },
  context: CommandContext,
): Promise<LeadResult> => await onLead(store, contactKey, { type: 'ReopenLead' }, context);
