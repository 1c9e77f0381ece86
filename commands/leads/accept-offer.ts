import type { EventStore } from '../../eventstore/event-store.ts';
import type { CommandContext } from '../execute.ts';
import { type LeadResult, onLead } from './on-lead.ts';

export type OfferAnswer = {
  readonly contactKey: string;
  /** The agent who answers, not a person who does it on their behalf (that is the context's actor). */
  readonly memberKey: string;
  /** The offer that is answered. Missing: the open one. */
  readonly offerKey?: string;
};

/**
 * An agent accepts the lead that was offered to them, and has it from then on. If several agents click, one wins; the
 * winner's second click changes nothing and succeeds.
 *
 * @returns rejected: `offer-taken` (by another agent), `offer-missing` (no longer open), `offer-elsewhere` (was not
 * made to this agent), `offer-expired` (the deadline has passed, by `context.occurredAt`), `lead-unknown`
 */
export const acceptOffer = async (
  store: EventStore,
  { contactKey, ...answer }: OfferAnswer,
  context: CommandContext,
): Promise<LeadResult> =>
  await onLead(store, contactKey, { type: 'AcceptLead', ...answer, now: context.occurredAt }, context);
