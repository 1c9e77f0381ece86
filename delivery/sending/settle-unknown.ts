import { errorMessage } from '../../platform/errors.ts';
import type { Claimed } from '../claims.ts';
import { firstLookMs, type Outcome } from '../outcome.ts';

/**
 * How long to look up a message that may have been sent before anything else is done with it.
 * - `lagMs`: how far the provider's search may lag. If the message is still not there after that, it was not sent.
 * - `giveUpMs`: if the provider gives no answer for this long, a person decides.
 */
export type Patience = { readonly lagMs: number; readonly giveUpMs: number; readonly lookups: number };

const minutes = 60_000;

/**
 * Postmark lists a message some seconds after accepting it, on a bad day minutes (90 s were seen). Slack's history
 * shows a message at once, but a lost answer may belong to a call that is still in progress.
 */
export const patience: Readonly<Record<'email' | 'slack', Patience>> = {
  email: { lagMs: 15 * minutes, giveUpMs: 6 * 60 * minutes, lookups: 3 },
  slack: { lagMs: 2 * minutes, giveUpMs: 60 * minutes, lookups: 3 },
};

/** Our own preview has its messages at once. */
export const noPatience: Patience = { lagMs: 0, giveUpMs: 60 * minutes, lookups: 1 };

/** How often looking up may fail before a person is asked. */
const failuresAtMost = 5;

/** Looks up the result of an attempt. @returns Postmark's or Slack's ID of the message, or `null`. */
export type Find<Message> = (message: Claimed<Message>) => Promise<string | null>;

/**
 * The result of an unanswered attempt: the message is found, or was not sent (`null`: it may be sent now), or it is not
 * known yet, or cannot be found out. Uses the database's clock.
 *
 * @param explain the meaning of a failed look-up: an outcome that ends the waiting, or `null` to look again
 */
export const settleUnknown = async <Message>(
  find: Find<Message>,
  message: Claimed<Message>,
  { lagMs, giveUpMs, lookups: enough }: Patience,
  explain: (error: unknown) => Outcome | null,
): Promise<Outcome | null> => {
  const { unansweredForMs: age, lookups, failedLookups } = message;
  const afterMs = age < lagMs ? Math.min(Math.max(age, firstLookMs), Math.max(lagMs - age, 1_000)) : firstLookMs;
  try {
    const providerMessageId = await find(message);
    if (providerMessageId !== null) return { kind: 'sent', providerMessageId };
    if (age >= lagMs && lookups + 1 >= enough) return null;
    return { kind: 'unsettled', reason: 'no answer; the provider does not list it so far', afterMs, looked: 'absent' };
  } catch (error) {
    const known = explain(error);
    if (known !== null) return known;
    const reason = `it may have been sent, and it could not be looked up: ${errorMessage(error)}`;
    if (age >= giveUpMs && failedLookups + 1 >= failuresAtMost) return { kind: 'unconfirmed', reason };
    return { kind: 'unsettled', reason, afterMs: Math.max(afterMs, Math.min(age, 30 * minutes)), looked: 'failed' };
  }
};
