/** What came of trying to send one message. */
export type Outcome =
  | { readonly kind: 'sent'; readonly providerMessageId: string }
  /** It will never be taken; a person has to look. `refused`: it is the recipient that cannot be written to. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly refused?: Refusal }
  /** Its address is refused, and it goes to another one of the same person. */
  | { readonly kind: 'readdressed'; readonly reason: string; readonly to: string }
  /** Not this time. `maybeSent`: there was no answer, so it has to be looked up before it is sent again. */
  | { readonly kind: 'retry'; readonly reason: string; readonly maybeSent: boolean; readonly afterMs?: number }
  /** Where it goes takes nothing from us (our Slack channel is archived): it waits, as do the others for there. */
  | { readonly kind: 'blocked'; readonly reason: string; readonly afterMs: number }
  /** An earlier attempt may have got through, and it is looked up again. `absent`: the provider said that it has no such message. */
  | { readonly kind: 'unsettled'; readonly reason: string; readonly afterMs: number; readonly absent: boolean }
  /** An earlier attempt may have got through, and nobody can tell: a person decides. */
  | { readonly kind: 'unconfirmed'; readonly reason: string }
  /**
   * Nothing can be sent there now: this one and all others wait, and it is no fault of theirs. `broken`: until a person puts it
   * right (a bad token), not for a while only (a rate limit). `maybeSent`: it was not looked up yet whether an earlier
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
 * - `inactive`: the address bounced, or its owner complained; nobody is to write there
 * - `invalid`: the provider does not take such an address
 * - `unreachable`: there is no such user or channel (any more)
 */
export type Refusal = 'inactive' | 'invalid' | 'unreachable';

/** `error` of an attempt that was never answered, or not in a way that can be understood. */
export const unanswered = (error: unknown): Outcome => ({
  kind: 'retry',
  reason: error instanceof Error ? error.message : String(error),
  maybeSent: true,
});

export const attemptsAtMost = 12;
const shortestWait = 60_000;
const longestWait = 3_600_000;

/** How long to wait before the next attempt: a minute, two, four, … an hour at most; `null` when it is given up. */
export const backoff = (attempts: number): number | null =>
  attempts >= attemptsAtMost ? null : Math.min(shortestWait * 2 ** (attempts - 1), longestWait);

/** When an attempt that was not answered is first looked up. */
export const firstLookMs = 30_000;
