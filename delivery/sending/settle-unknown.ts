import { errorMessage } from '../../platform/errors.ts';
import type { Claimed } from '../claims.ts';
import { firstLookMs, type Outcome } from '../outcome.ts';

/**
 * How long a message that may have been sent is looked up before anything else is done with it.
 * - `lagMs`: so late may the provider's search show what it took. Only if the message is still not there, it was not sent.
 * - `giveUpMs`: when the provider has not given an answer for so long, a person decides.
 */
export type Patience = { readonly lagMs: number; readonly giveUpMs: number; readonly lookups: number };

const minutes = 60_000;

/**
 * Postmark lists a message some seconds after it took it, on a bad day minutes (90 s were seen). Slack's history shows a
 * message at once, but an answer that we lost may come from a call that is still under way.
 */
export const patience: Readonly<Record<'email' | 'slack', Patience>> = {
  email: { lagMs: 15 * minutes, giveUpMs: 6 * 60 * minutes, lookups: 3 },
  slack: { lagMs: 2 * minutes, giveUpMs: 60 * minutes, lookups: 3 },
};

/** Our own preview has what it was given at once. */
export const noPatience: Patience = { lagMs: 0, giveUpMs: 60 * minutes, lookups: 1 };

/** So often may looking up fail before a person is asked. */
const failuresAtMost = 5;

/** Looks up what became of an attempt, @returns Postmark's or Slack's id of the message, or `null`. */
export type Find<Message> = (message: Claimed<Message>) => Promise<string | null>;

/**
 * What became of an attempt that was not answered: it is found, or it was not sent (`null`: it may be sent now), or nobody
 * knows yet, or nobody will. Time counts by the database's clock.
 *
 * @param explain what a failed look-up means: an outcome that ends the waiting, or `null` to look again
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
    return { kind: 'unsettled', reason: 'not answered; the provider does not list it so far', afterMs, absent: true };
  } catch (error) {
    const known = explain(error);
    if (known !== null) return known;
    const reason = `it may have been sent, and it could not be looked up: ${errorMessage(error)}`;
    if (age >= giveUpMs && failedLookups + 1 >= failuresAtMost) return { kind: 'unconfirmed', reason };
    return { kind: 'unsettled', reason, afterMs: Math.max(afterMs, Math.min(age, 30 * minutes)), absent: false };
  }
};
