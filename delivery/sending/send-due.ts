import { type Claimed, claimDue, isPaced } from '../claims.ts';
import type { Channel, EmailMessage, SlackMessage } from '../outbox.ts';
import { type Outcome, tooLate } from '../outcome.ts';
import { stopsEverything } from '../providers/postmark.ts';
import { slackCannotTell } from '../providers/slack-errors.ts';
import { settle } from '../settle.ts';
import { reachableAgain } from '../undeliverable.ts';
import { attempt } from './attempt.ts';
import { channelWorks, holdChannel, isStopped } from './channel-state.ts';
import type { DeliveryDeps, Route } from './route.ts';

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
  /** Messages are left that are due and only wait for their channel's pace: look again after so many ms. */
  readonly againAfterMs?: number;
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
const batchSizes = { email: 200, slack: 20 } as const;

/** Slack accepts one message per second in a channel (docs.slack.dev/apis/web-api/rate-limits). */
const slackPace = { everyMs: 1_000 };
const slackAtOnce = 5;

/**
 * Sends what is due, until nothing is, or what is left waits for its channel's pace. Any number of processes may do so at once; each message is claimed by one at a
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
      send: eachByItself(slack.sender.send),
      find: slack.sender.find,
      explain: slackCannotTell,
      readdress: async () => null,
      ...(slack.via === 'provider' ? { pace: slackPace } : {}),
    }),
  ]);
  const paced = slack.via === 'provider' && stopped.slack === undefined && (await isPaced(deps.db, 'slack'));
  return { counts, stopped, ...(paced ? { againAfterMs: slackPace.everyMs / 4 } : {}) };
};

/**
 * Slack accepts one message per call. The first shows whether it accepts any; then a few calls are under way at once.
 * After a `stop` no further ones are tried, nor after a `blocked` those for the same destination.
 */
const eachByItself =
  <Message>(send: (message: Claimed<Message>) => Promise<Outcome>) =>
  async (messages: readonly Claimed<Message>[], maySend: () => boolean): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    const blocked = new Map<string, Outcome>();
    let stop: Outcome | undefined;
    const waiting = [...messages.entries()].reverse();
    const sendNext = async (): Promise<void> => {
      const next = waiting.pop();
      if (next === undefined) return;
      const [index, message] = next;
      const known = stop ?? blocked.get(message.recipient) ?? (maySend() ? null : tooLate);
      const outcome = known ?? (await send(message));
      if (outcome.kind === 'stop') stop ??= outcome;
      if (outcome.kind === 'blocked') blocked.set(message.recipient, outcome);
      outcomes[index] = outcome;
    };
    const sendAll = async (): Promise<void> => {
      while (waiting.length > 0) await sendNext();
    };
    await sendNext();
    await Promise.all(Array.from({ length: slackAtOnce }, sendAll));
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
    const claim = await claimDue<Message>(db, route.channel, size, claimMs, route.pace);
    if (claim.messages.length === 0) return;
    const { settled, withheld } = await attempt(deps, claim, route, maySend);
    counts.withheld += withheld;
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
