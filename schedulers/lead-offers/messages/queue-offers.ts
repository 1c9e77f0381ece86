import { leads } from '../../../commands/aggregates.ts';
import { load } from '../../../commands/execute.ts';
import { type NewMessage, queueMessages } from '../../../delivery/outbox.ts';
import type { PassDeps } from '../deps.ts';
import { type FailedLead, oneByOne } from '../one-by-one.ts';
import type { OfferableAgent } from '../reading/read-agents.ts';
import { offersWithoutMessage, readLeads } from '../reading/read-leads.ts';
import { offerMessage } from './offer-message.ts';

/** @returns how many were queued: a message that already exists is not queued again */
export const queueOffers = async ({ db }: PassDeps, messages: readonly NewMessage[]): Promise<number> => {
  if (messages.length === 0) return 0;
  return await db.transaction().execute(async (transaction) => {
    return (await queueMessages(transaction, messages)).length;
  });
};

/**
 * Queues the messages of offers that have none, because a crash came in between. Their reasons are on the event.
 *
 * @returns how many
 */
export const queueMissing = async (
  deps: PassDeps,
  agents: ReadonlyMap<string, OfferableAgent>,
  history: bigint,
  failed: FailedLead[],
): Promise<number> => {
  const offers = await offersWithoutMessage(deps.db, history);
  const byKey = new Map(
    (
      await readLeads(
        deps.db,
        offers.map((offer) => offer.contactKey),
      )
    ).map((lead) => [lead.contactKey, lead]),
  );
  const messages: NewMessage[] = [];
  for (const { contactKey, offerKey, memberKey, expiresAt } of offers) {
    await oneByOne(deps, contactKey, failed, async () => {
      const { state } = await load(deps.store, leads, contactKey);
      const lead = byKey.get(contactKey);
      // It has been answered in the meantime.
      if (lead === undefined || state.openOffer?.offerKey !== offerKey) return;
      const agent = agents.get(memberKey) ?? { memberKey, memberFullName: null, slackUserId: null };
      const { reasons, memberKeys } = state.openOffer;
      messages.push(offerMessage({ offerKey, reasons, expiresAt, offeredTo: memberKeys.length, lead, agent }));
    });
  }
  return await queueOffers(deps, messages);
};
