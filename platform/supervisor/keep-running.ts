import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../errors.ts';

/** A server process that has started and is ready. */
export type RunningServer = {
  pid: number;
  host: string;
  port: number;
  /** Settles when it has ended, whether requested or not. */
  ended: Promise<void>;
  stop(): Promise<void>;
};

export type KeptRunning<Server extends RunningServer> = {
  current(): Server;
  restarts(): number;
  stop(): Promise<void>;
};

/**
 * Starts a server and restarts it whenever it ends unexpectedly: at once at first, then with growing pauses.
 *
 * @param start receives the previous server, so as to reuse its port, where clients look for it
 * @throws the first error of `start`; later failures are passed to `notice` and retried
 */
export async function keepRunning<Server extends RunningServer>(
  name: string,
  start: (previous: Server | undefined) => Promise<Server>,
  notice: (text: string) => void,
): Promise<KeptRunning<Server>> {
  let server = await start(undefined);
  let restarts = 0;
  let inARow = 0;
  const stopping = new AbortController();

  const watch = async () => {
    for (;;) {
      const startedAt = Date.now();
      await server.ended;
      if (stopping.signal.aborted) return;
      notice(`${name} (process ${server.pid}) ended unexpectedly: restarting it`);
      // It ran for a minute, so the problem is over: begin with short pauses again.
      inARow = Date.now() - startedAt > 60_000 ? 0 : inARow + 1;
      let pause = Math.min(50 * 2 ** inARow, 10_000);
      for (;;) {
        await sleep(pause, undefined, { signal: stopping.signal });
        try {
          server = await start(server);
          break;
        } catch (error) {
          pause = Math.min(pause * 2, 10_000);
          notice(`${name} does not start (${errorMessage(error)}): retrying in ${pause / 1000} s`);
        }
      }
      restarts++;
      notice(`${name} is running again`);
      if (stopping.signal.aborted) await server.stop();
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });

  return {
    current: () => server,
    restarts: () => restarts,
    async stop() {
      stopping.abort();
      await server.stop();
      await watching;
    },
  };
}
