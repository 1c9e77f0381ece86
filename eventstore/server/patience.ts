import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerNode } from './connect-node.ts';
import type { Connection } from './connection.ts';
import { failureOf, mayPass } from './failure.ts';

/** How, and for how long, a caller waits for an unavailable event store. */
export type Patience = {
  /** From the first failure, in ms. 0: a single attempt. */
  readonly ms: number;
  /** Ends the waiting at once. */
  readonly signal?: AbortSignal;
  /** Called before each pause: the reason for waiting, and for how long so far. */
  readonly onWaiting?: (waiting: Waiting) => void;
};

export type Waiting = { readonly cause: string; readonly waitedMs: number; readonly patienceMs: number };

const firstPauseMs = 50;
/** Short enough to find a new leader soon after its election. */
const longestPauseMs = 750;

/** The pauses of one call: growing, and randomised so that callers do not all return at once. */
export const startWaiting = ({ ms, signal, onWaiting }: Patience) => {
  let pause = firstPauseMs;
  let since: number | null = null;
  return {
    /** Waits before the next attempt. @throws the error if it is permanent, or the time is up; the signal's reason */
    async after(error: unknown): Promise<void> {
      if (!mayPass(error)) throw error;
      signal?.throwIfAborted();
      since ??= Date.now();
      const waitedMs = Date.now() - since;
      const next = pause * (0.5 + Math.random());
      pause = Math.min(pause * 2, longestPauseMs);
      if (waitedMs + next > ms) throw error;
      onWaiting?.({ cause: failureOf(error)!.cause, waitedMs, patienceMs: ms });
      // The signal's own reason, rather than the error from `sleep`, which callers would not recognise.
      await sleep(next, undefined, signal === undefined ? {} : { signal }).catch(() => {});
      signal?.throwIfAborted();
    },
    /** There was progress, so the next failure counts as a new one. */
    progress(): void {
      since = null;
      pause = firstPauseMs;
    },
  };
};

/**
 * Calls a node repeatedly while failures may be temporary.
 * @param ask gets a node that answered when we connected to it
 * @throws the last error if the time is up, or a permanent one at once
 */
export const patiently = async <Answer>(
  connection: Connection,
  patience: Patience,
  ask: (node: ServerNode) => Promise<Answer>,
): Promise<Answer> => {
  const waiting = startWaiting(patience);
  for (;;) {
    try {
      return await once(connection, ask);
    } catch (error) {
      await waiting.after(error);
    }
  }
};

/**
 * Reads, and resumes after an interruption.
 * @param read gets a node and starts after the last event that was delivered
 */
export async function* readPatiently<Item>(
  connection: Connection,
  patience: Patience,
  read: (node: ServerNode) => AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  const waiting = startWaiting(patience);
  for (;;) {
    let node: ServerNode | undefined;
    try {
      node = await connection.node();
      for await (const item of read(node)) {
        waiting.progress();
        yield item;
      }
      connection.answered();
      return;
    } catch (error) {
      if (node !== undefined) connection.failed(node, error);
      await waiting.after(error);
    }
  }
}

const once = async <Answer>(connection: Connection, ask: (node: ServerNode) => Promise<Answer>): Promise<Answer> => {
  const node = await connection.node();
  try {
    const answer = await ask(node);
    connection.answered();
    return answer;
  } catch (error) {
    connection.failed(node, error);
    throw error;
  }
};
