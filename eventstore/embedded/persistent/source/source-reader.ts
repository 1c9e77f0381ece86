import { setTimeout as delay } from 'node:timers/promises';
import type { Source, SourcePage } from './source.ts';

export type SourceReaderParts = {
  source: Source;
  /** How many events one read asks for. */
  batch: number;
  stopped: AbortSignal;
  /** Determines where to resume; retried until storage answers. */
  begin(): Promise<number>;
  /** Whether the group can take that many more messages; called again after `wake`. */
  hasRoom(count: number): boolean;
  onPage(page: Extract<SourcePage, { found: 'yes' }>): void;
  /** The stream is tombstoned: no more events will follow. */
  onTombstone(): void;
  log(what: string, reason: unknown): void;
};

export type SourceReader = {
  start(): void;
  /** There may be room again, or the group has stopped. */
  wake(): void;
  /** Resolves when the reader has ended after `stopped`. */
  ended(): Promise<void>;
};

const pauseMs = 500;

/** Reads ahead from a group's source as far as there is room, then waits for new events; retries after each failure. */
export const createSourceReader = (parts: SourceReaderParts): SourceReader => {
  const { source, batch, stopped, begin, hasRoom, onPage, onTombstone, log } = parts;
  let running: Promise<void> | undefined;
  let wake = () => {};

  const pauseAfter = async (what: string, error: unknown): Promise<void> => {
    if (stopped.aborted) return;
    log(what, error);
    await delay(pauseMs, undefined, { signal: stopped }).catch(() => {});
  };

  const whereToBegin = async (): Promise<number> => {
    while (!stopped.aborted) {
      try {
        return await begin();
      } catch (error) {
        await pauseAfter('a persistent subscription could not start, retrying', error);
      }
    }
    return 0;
  };

  const run = async (): Promise<void> => {
    let next = await whereToBegin();
    while (!stopped.aborted) {
      if (!hasRoom(batch)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      try {
        const page = await source.read(next, batch);
        if (stopped.aborted) return;
        if (page.found === 'tombstoned') return onTombstone();
        onPage(page);
        next = page.next;
        if (page.end) await source.wait(next, stopped);
      } catch (error) {
        await pauseAfter('a persistent subscription could not read, retrying', error);
      }
    }
  };

  return {
    start: () => {
      running = run();
    },
    wake: () => wake(),
    ended: async () => {
      await running;
    },
  };
};
