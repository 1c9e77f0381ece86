/** What came of trying to send one message. */
export type Outcome =
  | { readonly kind: 'sent'; readonly providerMessageId: string }
  /** It will never be taken; a person has to look. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not this time. `maybeSent`: there was no answer, so it has to be looked up before it is sent again. */
  | { readonly kind: 'retry'; readonly reason: string; readonly maybeSent: boolean; readonly afterMs?: number }
  /**
   * Nothing can be sent there now (rate limit, bad token): this one and all others wait, and it is no fault of theirs.
   * `maybeSent`: it was not looked up yet whether an earlier attempt got through.
   */
  | { readonly kind: 'stop'; readonly reason: string; readonly afterMs: number; readonly maybeSent?: boolean };

/** `error` of an attempt that was never answered. */
export const unanswered = (error: unknown): Outcome => ({
  kind: 'retry',
  reason: error instanceof Error ? error.message : String(error),
  maybeSent: true,
});

const attemptsAtMost = 12;
const shortestWait = 60_000;
const longestWait = 3_600_000;

/** How long to wait before the next attempt: a minute, two, four, … an hour at most; `null` when it is given up. */
export const backoff = (attempts: number): number | null =>
  attempts >= attemptsAtMost ? null : Math.min(shortestWait * 2 ** (attempts - 1), longestWait);
