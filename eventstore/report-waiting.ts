import { commandPatienceMs } from './event-store.ts';
import type { Patience, Waiting } from './server/patience.ts';

/**
 * Shows the person watching a line when the event store has been away for a second, and another every ten seconds after
 * that.
 */
const reportWaiting = (say: (text: string) => void): ((waiting: Waiting) => void) => {
  let nextAt = 0;
  return ({ cause, waitedMs, patienceMs }) => {
    const now = Date.now();
    if (waitedMs < 1_000 || now < nextAt) return;
    nextAt = now + 10_000;
    const seconds = (ms: number) => Math.round(ms / 1_000);
    say(`waiting for the event store (${seconds(waitedMs)} s, at most ${seconds(patienceMs)} s): ${cause}`);
  };
};

/** How a command waits: for a limited time, reporting that it waits, until Ctrl-C. */
export const commandPatience = (context: { readonly signal: AbortSignal; say(text: string): void }): Patience => ({
  ms: commandPatienceMs,
  signal: context.signal,
  onWaiting: reportWaiting((text) => context.say(text)),
});
