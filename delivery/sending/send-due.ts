import type { Kysely } from 'kysely';
import { errorMessage } from '../../platform/errors.ts';
import type { Logger } from '../../platform/logging/log.ts';
import { type Claim, type Claimed, claimDue, type Settled, settle, withhold } from '../claims.ts';
import type { Channel, EmailMessage, SlackMessage } from '../outbox.ts';
import { attemptsAtMost, type Outcome, tooLate } from '../outcome.ts';
import { stopsEverything } from '../providers/postmark.ts';
import { slackCannotTell } from '../providers/slack.ts';
import { noteUndeliverable, reachableAgain, readUndeliverable, recipientName } from '../undeliverable.ts';
import { channelWorks, holdChannel, isStopped } from './channel-state.ts';
import { type Find, noPatience, patience, settleUnknown } from './settle-unknown.ts';
import type { Transports } from './transports.ts';

export type DeliveryDeps = {
  readonly db: Kysely<unknown>;
  readonly log: Logger;
  readonly transports: Transports;
  /**
   * Which messages must no longer go out, by outbox ID, and why. Called right before sending; while it throws, nothing
   * goes out.
   */
  readonly withhold?: (messages: readonly Claimed<unknown>[]) => Promise<ReadonlyMap<string, string>>;
  /** Another address of an e-mail's recipient if theirs is refused; `null` if there is none. */
  readonly otherAddress?: (message: Claimed<EmailMessage>) => Promise<string | null>;
  readonly signal?: AbortSignal;
};

/** How many messages of each channel ended in each way; `stopped` says why a channel cannot send at all. */
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

const claimMs = 5 * 60_000;

/**
 * Whether there is time to send: close to the end of the claim another process could send the same messages. Asked before
 * each call, because looking up or the calls before may have taken long, or the process or the machine was suspended
 * (which the monotonic clock does not notice).
 */
const whileClaimed = (): (() => boolean) => {
  const [monotonic, wall] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - monotonic, Date.now() - wall) < claimMs / 2;
};
const batchSizes = { email: 200, slack: 10 } as const;

/**
 * Sends what is due, until nothing is. Any number of processes may do so at once; each message is claimed by one at a
 * time. If it is not known whether a message went out (no answer, or a crash before the result was recorded), it is
 * looked up at the provider, for as long as the provider's search may lag, before it is sent again.
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
      explain: stopsEverything,
      readdress: async (message) => (await deps.otherAddress?.(message)) ?? null,
    }),
    drain<SlackMessage>(deps, counts, stopped, {
      channel: 'slack',
      via: slack.via,
      send: oneByOne(slack.sender.send),
      find: slack.sender.find,
      explain: slackCannotTell,
      readdress: async () => null,
    }),
  ]);
  return { counts, stopped };
};

type Route<Message> = {
  readonly channel: Channel;
  readonly via: 'provider' | 'preview';
  readonly send: (messages: readonly Claimed<Message>[], maySend: () => boolean) => Promise<readonly Outcome[]>;
  readonly find: Find<Message>;
  /** The meaning of a failed look-up. */
  readonly explain: (error: unknown) => Outcome | null;
  readonly readdress: (message: Claimed<Message>) => Promise<string | null>;
};

/**
 * Slack accepts one message per call. After a `stop` the others are not tried, nor after a `blocked` those for the same
 * destination.
 */
const oneByOne =
  <Message>(send: (message: Claimed<Message>) => Promise<Outcome>) =>
  async (messages: readonly Claimed<Message>[], maySend: () => boolean): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    const blocked = new Map<string, Outcome>();
    for (const message of messages) {
      const last = outcomes.at(-1);
      const known = last?.kind === 'stop' ? last : (blocked.get(message.recipient) ?? (maySend() ? null : tooLate));
      const outcome = known ?? (await send(message));
      if (outcome.kind === 'blocked') blocked.set(message.recipient, outcome);
      outcomes.push(outcome);
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
  // If nothing got through the last time, a single message tests whether it does now.
  let size: number = (await isStopped(db, route.channel)) ? 1 : batchSizes[route.channel];
  while (signal?.aborted !== true) {
    const maySend = whileClaimed();
    const claim = await claimDue<Message>(db, route.channel, size, claimMs);
    if (claim.messages.length === 0) return;
    const settled = await attempt(deps, claim, route, counts, maySend);
    await settle(db, claim.token, settled, route.via);
    for (const { outcome, outboxId } of settled) {
      counts[countOf(outcome, route.via)]++;
      if (outcome.kind !== 'sent')
        log.warn({ outboxId, channel: route.channel, outcome: outcome.kind }, outcome.reason);
    }
    const stop = settled.map(({ outcome }) => outcome).find((outcome) => outcome.kind === 'stop');
    if (stop !== undefined) {
      stopped[route.channel] = stop.reason;
      await holdChannel(db, route.channel, stop);
      return;
    }
    if (route.via === 'provider' && settled.some(({ outcome }) => outcome.kind === 'sent')) {
      await channelWorks(db, route.channel);
      const reached = settled.filter(({ outcome }) => outcome.kind === 'sent').map(({ outboxId }) => outboxId);
      if (route.channel === 'slack') await reachableAgain(db, reached);
      size = batchSizes[route.channel];
    }
  }
};

const countOf = (outcome: Outcome, via: 'provider' | 'preview'): keyof DeliveryCounts => {
  if (outcome.kind === 'sent') return via === 'preview' ? 'previewed' : 'sent';
  return outcome.kind === 'rejected' || outcome.kind === 'unconfirmed' ? 'failed' : 'retried';
};

const attempt = async <Message>(
  deps: DeliveryDeps,
  { token, messages }: Claim<Message>,
  route: Route<Message>,
  counts: Record<keyof DeliveryCounts, number>,
  maySend: () => boolean,
): Promise<readonly Settled[]> => {
  const reasons = await whichToWithhold(deps, messages);
  if ('kind' in reasons)
    return messages.map(({ outboxId, attempts, maybeSent }) => ({
      outboxId,
      attempts,
      outcome: { ...reasons, maybeSent },
    }));
  const outcomes = await lookUp(messages, route, maySend);
  const open = messages.filter(({ outboxId }) => !outcomes.has(outboxId));
  const refusals = await refusedBefore(deps, open, route);
  const withheld = new Map(
    open.flatMap(({ outboxId }) => {
      const reason = reasons.get(outboxId) ?? refusals.withheld.get(outboxId);
      return reason === undefined ? [] : [[outboxId, reason]];
    }),
  );
  await withhold(deps.db, token, withheld);
  counts.withheld += withheld.size;
  for (const message of open) {
    if (withheld.has(message.outboxId)) continue;
    const refused = refusals.invalid.get(message.outboxId);
    if (refused !== undefined) outcomes.set(message.outboxId, refused);
    else if (message.attempts > attemptsAtMost) {
      outcomes.set(message.outboxId, { kind: 'rejected', reason: `given up after ${attemptsAtMost} attempts` });
    }
  }
  const toSend = open.filter(({ outboxId }) => !outcomes.has(outboxId) && !withheld.has(outboxId));
  if (toSend.length > 0) {
    const answers = await route.send(toSend, maySend);
    for (const [index, { outboxId }] of toSend.entries()) outcomes.set(outboxId, answers[index]!);
  }
  const settled: Settled[] = [];
  for (const message of messages) {
    const { outboxId, attempts } = message;
    const outcome = outcomes.get(outboxId);
    if (outcome !== undefined)
      settled.push({ outboxId, attempts, outcome: await actOn(deps, message, outcome, route) });
  }
  return settled;
};

const notLookedUp: Outcome = {
  kind: 'unsettled',
  reason: 'no answer; looking up others took too long',
  afterMs: 1_000,
  looked: 'not-yet',
};

/** What is known about the messages that may have been sent. Those that were not have no entry, and can be sent. */
const lookUp = async <Message>(
  messages: readonly Claimed<Message>[],
  { channel, via, find, explain }: Route<Message>,
  inTime: () => boolean,
): Promise<Map<string, Outcome>> => {
  const outcomes = new Map<string, Outcome>();
  let stop: Extract<Outcome, { kind: 'stop' }> | undefined;
  for (const message of messages) {
    if (!message.maybeSent || stop !== undefined) continue;
    if (!inTime()) {
      outcomes.set(message.outboxId, notLookedUp);
      continue;
    }
    const known = await settleUnknown(find, message, via === 'preview' ? noPatience : patience[channel], explain);
    if (known?.kind === 'stop') stop = known;
    else if (known !== null) outcomes.set(message.outboxId, known);
  }
  if (stop === undefined) return outcomes;
  for (const { outboxId, maybeSent } of messages) {
    if (!outcomes.has(outboxId)) outcomes.set(outboxId, { ...stop, maybeSent });
  }
  return outcomes;
};

/** What is known about the recipients from earlier refusals: nothing more is sent to them. */
const refusedBefore = async <Message>(
  { db }: DeliveryDeps,
  messages: readonly Claimed<Message>[],
  { channel, via }: Route<Message>,
) => {
  const withheld = new Map<string, string>();
  const invalid = new Map<string, Outcome>();
  if (via === 'provider' && channel === 'email' && messages.length > 0) {
    const refused = await readUndeliverable(
      db,
      channel,
      messages.map(({ recipient }) => recipient),
    );
    for (const { outboxId, recipient } of messages) {
      const one = refused.get(recipientName(channel, recipient));
      if (one?.refusal === 'invalid')
        invalid.set(outboxId, { kind: 'rejected', reason: one.reason, refused: one.refusal });
      else if (one !== undefined)
        withheld.set(outboxId, `the address was refused on ${one.since.toISOString().slice(0, 10)}: ${one.reason}`);
    }
  }
  return { withheld, invalid };
};

/** Handles a refused recipient: it is recorded, and the person's next address, if any, is tried. */
const actOn = async <Message>(
  { db, log }: DeliveryDeps,
  message: Claimed<Message>,
  outcome: Outcome,
  { channel, via, readdress }: Route<Message>,
): Promise<Outcome> => {
  const { outboxId, recipient } = message;
  if (via === 'provider' && outcome.kind === 'blocked')
    await noteUndeliverable(db, { channel, recipient, refusal: 'unreachable', reason: outcome.reason, outboxId });
  if (via !== 'provider' || outcome.kind !== 'rejected' || outcome.refused === undefined) return outcome;
  const { refused, reason } = outcome;
  await noteUndeliverable(db, { channel, recipient, refusal: refused, reason, outboxId });
  if (refused !== 'invalid') return outcome;
  try {
    const to = await readdress(message);
    return to === null ? outcome : { kind: 'readdressed', reason, to };
  } catch (error) {
    log.warn({ err: error, outboxId }, 'could not look up another address');
    return { kind: 'retry', reason: `${reason}; looking up another address failed`, maybeSent: false };
  }
};

const whichToWithhold = async (
  { withhold }: DeliveryDeps,
  messages: readonly Claimed<unknown>[],
): Promise<ReadonlyMap<string, string> | Extract<Outcome, { kind: 'stop' }>> => {
  try {
    return (await withhold?.(messages)) ?? new Map();
  } catch (error) {
    const reason = `could not check whether it may still be sent: ${errorMessage(error)}`;
    return { kind: 'stop', reason, afterMs: 30_000 };
  }
};
