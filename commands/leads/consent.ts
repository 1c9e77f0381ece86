import type { EventStore } from '../../eventstore/event-store.ts';
import type { CommandContext } from '../execute.ts';
import { type LeadResult, onLead } from './on-lead.ts';

/**
 * Opts a lead out of all e-mail; a merged lead is followed to the one that it was merged into.
 *
 * @returns rejected (`lead-unknown`) if there is no such lead
 */
export const optOut = async (store: EventStore, contactKey: string, context: CommandContext): Promise<LeadResult> =>
  await onLead(store, contactKey, { type: 'OptOut' }, context);

/**
 * The person wants e-mail again: the only thing that revokes an opt-out. Merged leads are followed, as above.
 *
 * @returns rejected (`lead-unknown`) if there is no such lead
 */
export const optIn = async (store: EventStore, contactKey: string, context: CommandContext): Promise<LeadResult> =>
  await onLead(store, contactKey, { type: 'OptIn' }, context);
