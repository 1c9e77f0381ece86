import type { Kysely } from 'kysely';
import { errorMessage } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { type Claim, type Claimed, claimDue, type Settled, settle, withhold } from './claims.ts';
import type { Channel, EmailMessage, SlackMessage } from './outbox.ts';
import { type Outcome, unanswered } from './outcome.ts';
import { cannotTell } from './slack.ts';
import type { Transports } from './transports.ts';

export type DeliveryDeps = {
  readonly db: Kysely<unknown>;
  readonly log: Logger;
  readonly transports: Transports;
  /**
   * Which messages must not go out after all, by outbox id, and why. Asked right before sending; when it throws, nobody
   * knows, and nothing goes out until it answers.
   */
  readonly withhold?: (messages: readonly Claimed<unknown>[]) => Promise<ReadonlyMap<string, string>>;
  readonly signal?: AbortSignal;
};

/** How many messages of each channel ended how; `stopped` says what keeps a channel from sending at all. */
export type DeliveryCounts = {
  readonly sent: number;
  readonly previewed: number;
  readonly failed: number;
  readonly retried: number;
  readonly withheld: number;
};
export type Delivery = {
  readonly counts: DeliveryCounts;
  readonly stopped: Readonly<Partial<Record<Channel, string>>>;
};

/** Longer than any batch takes; also the time Postmark needs to list what it took before somebody looks it up. */
const claimMs = 5 * 60_000;
const batchSizes = { email: 200, slack: 10 } as const;

/**
 * Sends what is due, until nothing is. Any number of processes may do so at once: each message is one's at a time. A
 * message of which nobody knows whether it went out (a crash between sending and writing it down, no answer) is looked up
 * at the provider before it is sent again.
 */
export const sendDue = async (deps: DeliveryDeps): Promise<Delivery> => {
  const counts = { sent: 0, previewed: 0, failed: 0, retried: 0, withheld: 0 };
  const stopped: Partial<Record<Channel, string>> = {};
  const { email, slack } = deps.transports;
  await Promise.all([
    drain<EmailMessage>(deps, counts, stopped, {
      channel: 'email',
      via: email.via,
      send: email.sender.send,
      find: ({ outboxId }) => email.sender.find(outboxId),
    }),
    drain<SlackMessage>(deps, counts, stopped, {
      channel: 'slack',
      via: slack.via,
      send: oneByOne(slack.sender.send),
      find: slack.sender.find,
    }),
  ]);
  return { counts, stopped };
};

type Route<Message> = {
  readonly channel: Channel;
  readonly via: 'provider' | 'preview';
  readonly send: (messages: readonly Claimed<Message>[]) => Promise<readonly Outcome[]>;
  readonly find: (message: Claimed<Message>) => Promise<string | null>;
};

/** Slack takes one message a call; after a `stop` the others need not try. */
const oneByOne =
  <Message>(send: (message: Claimed<Message>) => Promise<Outcome>) =>
  async (messages: readonly Claimed<Message>[]): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const message of messages) {
      const last = outcomes.at(-1);
      outcomes.push(last?.kind === 'stop' ? last : await send(message));
    }
    return outcomes;
  };

const drain = async <Message>(
  deps: DeliveryDeps,
  counts: Record<keyof DeliveryCounts, number>,
  stopped: Partial<Record<Channel, string>>,
  route: Route<Message>,
): Promise<void> => {
  const { db, log, signal } = deps;
  while (signal?.aborted !== true) {
    const claimed = performance.now();
    const claim = await claimDue<Message>(db, route.channel, batchSizes[route.channel], claimMs);
    if (claim.messages.length === 0) return;
    const settled = await attempt(deps, claim, route, counts, claimed + claimMs / 2);
    await settle(db, claim.token, settled, route.via);
    for (const { outcome, outboxId } of settled) {
      counts[countOf(outcome, route.via)]++;
      if (outcome.kind !== 'sent')
        log.warn({ outboxId, channel: route.channel, outcome: outcome.kind }, outcome.reason);
      if (outcome.kind === 'stop') stopped[route.channel] = outcome.reason;
    }
    if (stopped[route.channel] !== undefined) return;
  }
};

const countOf = (outcome: Outcome, via: 'provider' | 'preview'): keyof DeliveryCounts => {
  if (outcome.kind === 'sent') return via === 'preview' ? 'previewed' : 'sent';
  return outcome.kind === 'rejected' ? 'failed' : 'retried';
};

const attempt = async <Message>(
  deps: DeliveryDeps,
  { token, messages }: Claim<Message>,
  route: Route<Message>,
  counts: Record<keyof DeliveryCounts, number>,
  sendBefore: number,
): Promise<readonly Settled[]> => {
  const reasons = await whichToWithhold(deps, messages);
  if ('kind' in reasons)
    return messages.map(({ outboxId, attempts, maybeSent }) => ({
      outboxId,
      attempts,
      outcome: { ...reasons, maybeSent },
    }));
  const outcomes = new Map<string, Outcome>();
  for (const message of messages) {
    if (!message.maybeSent) continue;
    const known = await lookUp(route, message);
    if (known !== null) outcomes.set(message.outboxId, known);
  }
  const withheld = new Map([...reasons].filter(([outboxId]) => !outcomes.has(outboxId)));
  await withhold(deps.db, token, withheld);
  counts.withheld += withheld.size;
  const toSend = messages.filter(({ outboxId }) => !outcomes.has(outboxId) && !withheld.has(outboxId));
  if (toSend.length > 0) {
    // Close to the end of the claim somebody else could send them too (looking up took long, the machine was asleep).
    const late: Outcome = { kind: 'retry', reason: 'ran out of time before sending', maybeSent: false };
    const answers = performance.now() < sendBefore ? await route.send(toSend) : toSend.map(() => late);
    for (const [index, { outboxId }] of toSend.entries()) outcomes.set(outboxId, answers[index]!);
  }
  return messages.flatMap(({ outboxId, attempts }) => {
    const outcome = outcomes.get(outboxId);
    return outcome === undefined ? [] : [{ outboxId, attempts, outcome }];
  });
};

const whichToWithhold = async (
  { withhold }: DeliveryDeps,
  messages: readonly Claimed<unknown>[],
): Promise<ReadonlyMap<string, string> | Extract<Outcome, { kind: 'stop' }>> => {
  try {
    return (await withhold?.(messages)) ?? new Map();
  } catch (error) {
    const reason = `nobody can tell whether it may still be sent: ${errorMessage(error)}`;
    return { kind: 'stop', reason, afterMs: 30_000 };
  }
};

/** What became of an attempt that nobody heard of; `null`: nothing, it can be sent. */
const lookUp = async <Message>(route: Route<Message>, message: Claimed<Message>): Promise<Outcome | null> => {
  try {
    const providerMessageId = await route.find(message);
    return providerMessageId === null ? null : { kind: 'sent', providerMessageId };
  } catch (error) {
    const reason = cannotTell(error);
    if (reason !== null) return { kind: 'rejected', reason };
    return unanswered(new Error(`could not look it up: ${errorMessage(error)}`));
  }
};
