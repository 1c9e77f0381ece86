import type { LeadStage } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { CommandContext } from '../execute.ts';
import { type LeadResult, onLead } from './on-lead.ts';

/**
 * A person says how far a lead has got. Moving it on from New counts as the first response.
 *
 * @returns rejected: `lead-closed` (reopen it first), `lead-unknown`
 */
export const changeStage = async (
  store: EventStore,
  { contactKey, leadStage }: { readonly contactKey: string; readonly leadStage: LeadStage },
  context: CommandContext,
): Promise<LeadResult> => await onLead(store, contactKey, { type: 'ChangeStage', leadStage }, context);
