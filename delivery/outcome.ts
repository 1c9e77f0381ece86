/** The outcome of trying to send one message. */
export type Outcome =
  | { readonly kind: 'sent'; readonly providerMessageId: string }
  /**
   * It will never be accepted; a person has to look into it. `refused`: because of the recipient. `content`: because of
   * what it says, so no one else would get it either.
   */
  | { readonly kind: 'rejected'; readonly reason: string; readonly refused?: Refusal; readonly content?: true }
  /** Its address is refused, so it goes to another address of the same person. */
  | { readonly kind: 'readdressed'; readonly reason: string; readonly to: string }
  /** Not this time. `maybeSent`: there was no answer, so it has to be looked up before it is sent again. */
  | { readonly kind: 'retry'; readonly reason: string; readonly maybeSent: boolean; readonly afterMs?: number }
  /**
   * Its destination accepts nothing from us (our Slack channel is archived): it waits, like all others for that
   * destination.
   */
  | { readonly kind: 'blocked'; readonly reason: string; readonly afterMs: number }
  /**
   * An earlier attempt may have got through, and will be looked up again. `looked`: the provider said that it does not
   * have the message, the look-up failed, or there was no time for it.
   */
  | {
      readonly kind: 'unsettled';
      readonly reason: string;
      readonly afterMs: number;
      readonly looked: 'absent' | 'failed' | 'not-yet';
    }
  /** An earlier attempt may have got through, and it cannot be found out: a person decides. */
  | { readonly kind: 'unconfirmed'; readonly reason: string }
  /**
   * The provider accepts nothing at present: this message and all others wait. `broken`: until a person fixes it (a bad
   * token), and not just for a while (a rate limit). `maybeSent`: it has not yet been looked up whether an earlier
   * attempt got through.
   */
  | {
      readonly kind: 'stop';
      readonly reason: string;
      readonly afterMs: number;
      readonly broken?: boolean;
      readonly maybeSent?: boolean;
    };

/**
 * - `inactive`: the address bounced, or its owner complained; no one may write there
 * - `invalid`: the provider does not accept such an address
 * - `unreachable`: the user or channel does not exist (any longer)
 */
export type Refusal = 'inactive' | 'invalid' | 'unreachable';

/** For the `error` of an attempt that got no answer, or none that can be understood. */
export const unanswered = (error: unknown): Outcome => ({
  kind: 'retry',
  reason: error instanceof Error ? error.message : String(error),
  maybeSent: true,
});

/** For a message that was not tried, because another process may soon claim it. */
export const tooLate: Outcome = { kind: 'retry', reason: 'ran out of time before sending', maybeSent: false };

export const attemptsAtMost = 12;
const shortestWait = 60_000;
const longestWait = 3_600_000;

/** How long to wait before the next attempt: one minute, two, four, … up to an hour; `null` to give up. */
export const backoff = (attempts: number): number | null =>
  attempts >= attemptsAtMost ? null : Math.min(shortestWait * 2 ** (attempts - 1), longestWait);

/** How long after an unanswered attempt it is first looked up. */
export const firstLookMs = 30_000;
