import type { PassReason } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { CommandContext } from '../execute.ts';
import type { OfferAnswer } from './accept-offer.ts';
import { type LeadResult, onLead } from './on-lead.ts';

/** `note` is the agent's comment. It may name people, so it is personal data. */
export type Pass = OfferAnswer & { readonly passReason?: PassReason; readonly note?: string };

/**
 * An agent declines the lead that was offered to them, and it goes to the next one. Passing twice on the same offer
 * changes nothing and succeeds.
 *
 * @returns rejected like `acceptOffer`
 */
export const passOffer = async (
  store: EventStore,
  { contactKey, ...pass }: Pass,
  context: CommandContext,
): Promise<LeadResult> =>
  await onLead(store, contactKey, { type: 'PassLead', ...pass, now: context.occurredAt }, context);
