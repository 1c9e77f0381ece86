import { errorMessage } from '../../platform/errors.ts';
import type { Claim, Claimed } from '../claims.ts';
import { attemptsAtMost, type Outcome } from '../outcome.ts';
import { type Settled, withhold } from '../settle.ts';
import { actOn, refusedBefore } from './refused-recipients.ts';
import type { DeliveryDeps, Route } from './route.ts';
import { noPatience, patience, settleUnknown } from './settle-unknown.ts';

/**
 * Sends the messages of one claim, except those that must not go out, that their recipients' providers refused before,
 * or that turn out to have been sent. @returns how each message ended; those withheld are recorded here
 *
 * @param maySend whether there is still time to send (asked before each call)
 */
export const attempt = async <Message>(
  deps: DeliveryDeps,
  { token, messages }: Claim<Message>,
  route: Route<Message>,
  maySend: () => boolean,
): Promise<{ readonly settled: readonly Settled[]; readonly withheld: number }> => {
  const reasons = await whichToWithhold(deps, messages);
  if ('kind' in reasons)
    return {
      settled: messages.map(({ outboxId, attempts, maybeSent }) => ({
        outboxId,
        attempts,
        outcome: { ...reasons, maybeSent },
      })),
      withheld: 0,
    };
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
  return { settled, withheld: withheld.size };
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
