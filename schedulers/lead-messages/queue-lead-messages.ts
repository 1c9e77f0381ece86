import { type Kysely, sql } from 'kysely';
import { type NewMessage, queueMessages, type SlackMessage } from '../../delivery/outbox.ts';
import { settledMessage } from '../../delivery/slack/build-message.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { Clock } from '../../platform/clock.ts';
import { camelCased, typed } from '../../tables/database.ts';
import { offerKeyOf } from '../lead-offers/reading/offer-dedupe-key.ts';
import { slackUserOf } from '../recipients/slack-user-of.ts';
import { type Accepted, detailsMessage, type Reach } from './details-message.ts';
import { offerOutcome } from './offer-outcome.ts';
import { type LeadStory, readStory } from './story.ts';

type Deps = { readonly db: Kysely<unknown>; readonly store: EventStore; readonly clock: Clock };

/**
 * Queues what has to be said of a lead as it stands now, each once: updates of the offers' messages that are over ("Taken by …"), and
 * to the agent who accepted it, how to reach it. What counts is the lead's stream, so it may be called right after a command. Whatever this
 * misses (a crash, a message that was being sent just then) the job `lead-messages` finds.
 *
 * @returns how many messages were queued
 */
export const queueLeadMessages = async (deps: Deps, contactKey: string): Promise<number> => {
  const story = await readStory(deps.store, contactKey);
  const offers = await readShownOffers(deps.db, contactKey);
  const accepted = acceptedBy(story, deps.clock.now());
  const names = await readMembers(deps.db, [
    ...offers.map(({ memberKey }) => memberKey),
    ...(story.owner === null ? [] : [story.owner.memberKey]),
  ]);
  const nameOf = (memberKey: string) => names.get(memberKey)?.name ?? 'another agent';
  const messages: NewMessage[] = [];
  const shown: { outboxId: string; outcome: 'ended' | 'settled' }[] = [];
  for (const offer of offers) {
    const direct = /^[UW]/.test(offer.recipient);
    const outcome = offerOutcome(story, { ...offer, direct }, nameOf);
    if (outcome === null || outcome.shown === offer.outcomeShown) continue;
    shown.push({ outboxId: offer.outboxId, outcome: outcome.shown });
    // It never reached anyone: there is nothing to update.
    if (offer.providerMessageId === null) continue;
    messages.push({
      channel: 'slack',
      kind: 'lead-offer-update',
      dedupeKey: `lead-offer-update/${outcome.shown}/${offer.offerKey}/${offer.memberKey}`,
      contactKey,
      memberKey: offer.memberKey,
      recipient: offer.recipient,
      message: settledMessage(offer.message, offer.providerMessageId, outcome),
      context: { offerKey: offer.offerKey },
    });
  }
  const reach = accepted === null ? null : names.get(accepted.memberKey)?.reach;
  if (accepted !== null && reach) {
    messages.push(detailsMessage(accepted, story.state, reach, await readAsked(deps.db, story)));
  }
  if (messages.length + shown.length === 0) return 0;
  return await deps.db.transaction().execute(async (transaction) => {
    const queued = await queueMessages(transaction, messages);
    await sql`
      update ops.outbox as message set outcome_shown = row.outcome
      from unnest(${shown.map((one) => one.outboxId)}::uuid[], ${shown.map((one) => one.outcome)}::text[]) as row (outbox_id, outcome)
      where message.outbox_id = row.outbox_id`.execute(transaction);
    return queued.length;
  });
};

const acceptedBy = ({ contactKey, owner }: LeadStory, now: Date): Accepted | null => {
  if (owner?.how !== 'accepted' || Date.parse(owner.at) <= now.getTime() - detailsWithinMs) return null;
  return { contactKey, memberKey: owner.memberKey, at: owner.at };
};

/** Older changes are not news (and had their messages then). */
export const detailsWithinMs = 24 * 3_600_000;

type ShownOffer = {
  readonly outboxId: string;
  readonly offerKey: string;
  readonly memberKey: string;
  readonly recipient: string;
  readonly message: SlackMessage;
  readonly providerMessageId: string | null;
  readonly outcomeShown: 'ended' | 'settled' | null;
};

/** The offers of a lead whose messages may still have to change; one that is on its way may get there yet, and waits. */
const readShownOffers = async (db: Kysely<unknown>, contactKey: string): Promise<readonly ShownOffer[]> => {
  const { rows } = await sql<ShownOffer>`
    select outbox_id, ${offerKeyOf(sql`dedupe_key`)} as offer_key, member_key, recipient,
      message, provider_message_id, outcome_shown
    from ops.outbox
    where contact_key = ${contactKey} and kind = 'lead-offer' and member_key is not null
      and outcome_shown is distinct from 'settled' and state in ('sent', 'previewed', 'failed', 'withheld')`.execute(
    camelCased(db),
  );
  return rows;
};

type Member = { readonly name: string; readonly reach: Reach | null };

/** Who they are and how to write to them: in Slack, unless Slack does not know them, else by e-mail. */
const readMembers = async (
  db: Kysely<unknown>,
  memberKeys: readonly string[],
): Promise<ReadonlyMap<string, Member>> => {
  const { rows } = await sql<{
    memberKey: string;
    name: string | null;
    email: string | null;
    slackUserId: string | null;
  }>`
    select member_key, member_full_name as name, member_email as email,
      ${slackUserOf} as slack_user_id
    from read.agents as agent where member_key = any (${memberKeys})`.execute(camelCased(db));
  return new Map(
    rows.map(({ memberKey, name, email, slackUserId }) => [
      memberKey,
      { name: name ?? memberKey, reach: slackUserId ? { slackUserId } : email ? { email } : null },
    ]),
  );
};

const readAsked = async (
  db: Kysely<unknown>,
  { state: { inquiredListingKey } }: LeadStory,
): Promise<{ readonly title: string } | null> => {
  if (inquiredListingKey === null) return null;
  const row = await typed(db)
    .selectFrom('read.listings')
    .select(['unparsedAddress', 'listingId'])
    .where('listingKey', '=', inquiredListingKey)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { title: [row.unparsedAddress, row.listingId].filter((part) => part !== null).join(', ') };
};
