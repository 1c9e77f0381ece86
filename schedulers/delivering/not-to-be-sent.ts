import { type QueryExecutorProvider, sql } from 'kysely';
import { loadLead } from '../../commands/leads/load-lead.ts';
import type { Claimed } from '../../delivery/claims.ts';
import { leadsThatAskedToStop } from '../../delivery/opt-out-requests.ts';
import type { SlackMessage } from '../../delivery/outbox.ts';
import type { LeadState } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { errorMessage } from '../../platform/errors.ts';
import { isOutage } from '../outage.ts';
import { isOptedOutAddress } from '../recipients/opted-out-address.ts';

/** How many streams are read at once. */
const atOnce = 16;

/**
 * Which messages must no longer go out, by outbox ID, and why: a digest to someone who opted out after it was queued,
 * or an offer that is no longer open. It decides by the lead's stream and not by the read model, which may lag or have
 * parked the lead: a person who opted out gets no e-mail, whatever else is wrong.
 *
 * @throws if the event store does not answer: then it cannot be known, and nothing may be sent
 */
export const notToBeSent = async (
  { db, store }: { readonly db: QueryExecutorProvider; readonly store: EventStore },
  messages: readonly Claimed<unknown>[],
): Promise<ReadonlyMap<string, string>> => {
  const reasons = new Map<string, string>();
  const queue = messages.filter(({ kind, contactKey }) => contactKey !== null && kind in rules);
  const stopped = await leadsThatAskedToStop(db);
  const ask = async () => {
    for (let message = queue.pop(); message !== undefined; message = queue.pop()) {
      const reason = await whyNot(store, message, stopped);
      if (reason !== null) reasons.set(message.outboxId, reason);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, ask));
  for (const outboxId of await toOptedOutAddresses(db, messages)) {
    if (!reasons.has(outboxId)) reasons.set(outboxId, 'someone with this address opted out after it was queued');
  }
  return reasons;
};

/** A lead that cannot be checked gets no message; other messages still go out. */
const whyNot = async (
  store: EventStore,
  message: Claimed<unknown>,
  stopped: ReadonlySet<string>,
): Promise<string | null> => {
  try {
    const { contactKey, state } = await loadLead(store, message.contactKey!);
    if (message.kind === 'alert-digest' && [contactKey, ...state.mergedContactKeys].some((key) => stopped.has(key)))
      return 'the lead opted out after it was queued';
    return rules[message.kind as Kind](message, state);
  } catch (error) {
    if (isOutage(error)) throw error;
    return (
      `the record of its lead cannot be read (${errorMessage(error)}): fix that, then run ` +
      '`openhouse outbox retry` with the id of this message'
    );
  }
};

const toOptedOutAddresses = async (
  db: QueryExecutorProvider,
  messages: readonly Claimed<unknown>[],
): Promise<readonly string[]> => {
  const digests = messages.filter(({ kind }) => kind === 'alert-digest');
  if (digests.length === 0) return [];
  const { rows } = await sql<{ outbox_id: string }>`
    select outbox_id from ops.outbox
    where outbox_id = any (${digests.map(({ outboxId }) => outboxId)}::uuid[]) and ${isOptedOutAddress(sql`recipient`)}
  `.execute(db);
  return rows.map(({ outbox_id }) => outbox_id);
};

type Kind = 'alert-digest' | 'lead-offer' | 'lead-details';

const rules: Record<Kind, (message: Claimed<unknown>, lead: LeadState) => string | null> = {
  'alert-digest': (_, { emailOptOut }) => (emailOptOut ? 'the lead opted out after it was queued' : null),
  'lead-offer': ({ message }, { openOffer }) => {
    const { offer_key: offerKey, member_key: memberKey } = (message as SlackMessage).metadata?.event_payload ?? {};
    if (offerKey === undefined) return null;
    const open = openOffer?.offerKey === offerKey && openOffer.memberKeys.includes(String(memberKey));
    return open ? null : 'the offer is no longer open';
  },
  // How to reach the lead is for who has it: another person may have it by now.
  'lead-details': ({ memberKey }, { fields }) =>
    fields.ownerMemberKey === memberKey ? null : 'the lead is no longer theirs',
};
