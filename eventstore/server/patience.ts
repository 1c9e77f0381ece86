import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, ServerNode } from './connection.ts';
import { failureOf, mayPass } from './failure.ts';

/** How long, and how, somebody waits for an event store that is away. */
export type Patience = {
  /** From the first failure on, in ms. 0: one try. */
  readonly ms: number;
  /** Ends the waiting at once. */
  readonly signal?: AbortSignal;
  /** Called before each pause: what is waited for, and for how long now. */
  readonly onWaiting?: (waiting: Waiting) => void;
};

export type Waiting = { readonly cause: string; readonly waitedMs: number; readonly patienceMs: number };

const firstPauseMs = 50;
/** Short enough that a new leader is found soon after its election. */
const longestPauseMs = 750;

/** The pauses of one call: growing, and never the same for all who wait. */
export const startWaiting = ({ ms, signal, onWaiting }: Patience) => {
  let pause = firstPauseMs;
  let since: number | null = null;
  return {
    /** Waits for the next try. @throws the error when it cannot pass, or when the time is up; the signal's reason */
    async after(error: unknown): Promise<void> {
      if (!mayPass(error)) throw error;
      signal?.throwIfAborted();
      since ??= Date.now();
      const waitedMs = Date.now() - since;
      const next = pause * (0.5 + Math.random());
      pause = Math.min(pause * 2, longestPauseMs);
      if (waitedMs + next > ms) throw error;
      onWaiting?.({ cause: failureOf(error)!.cause, waitedMs, patienceMs: ms });
      // The reason of the signal and not what `sleep` makes of it, which nobody would know.
      await sleep(next, undefined, signal === undefined ? {} : { signal }).catch(() => {});
      signal?.throwIfAborted();
    },
    /** Something came: the next failure is a new one. */
    progress(): void {
      since = null;
      pause = firstPauseMs;
    },
  };
};

/**
 * Asks a node, again and again while that may pass.
 * @param ask gets a node that answered when it was connected to
 * @throws the last error when the time is up, or at once what will not pass
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
 * Reads, and when that is interrupted goes on.
 * @param read gets a node and begins where the last event was given
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
