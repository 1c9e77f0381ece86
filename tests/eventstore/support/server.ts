import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const entry = fileURLToPath(new URL('../../../eventstore/embedded/main.ts', import.meta.url));

/** A running embedded event store, in a process of its own. */
export type ServerProcess = {
  port: number;
  pid: number;
  /** Connection string for `EventStoreDBClient.connectionString`. */
  url: string;
  child: ChildProcess;
  /** What it wrote to stderr so far (at most the last 64 KiB). */
  log(): string;
  /** SIGTERM, then wait; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`, then wait. */
  kill(): Promise<void>;
};

/** Thrown when the process ends, or stays silent too long, before it listens. */
export class ServerDidNotStart extends Error {
  readonly exitCode: number | null;
  readonly stderr: string;
  constructor(exitCode: number | null, stderr: string) {
    super(`the event store ended with ${exitCode} before it listened:\n${stderr}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

export type ServerOptions = { databaseUrl: string; port?: number; flags?: string[]; timeoutMs?: number };

/**
 * Starts `eventstore/embedded/main.ts` and waits for its "listening" line.
 * @throws ServerDidNotStart when it ends first or says nothing for `timeoutMs` (default 30 s)
 */
export const startServer = async (options: ServerOptions): Promise<ServerProcess> => {
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', entry, '--port', String(options.port ?? 0)],
      ...['--database-url', options.databaseUrl, '--exit-with-parent', ...(options.flags ?? [])],
    ],
    { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-65_536);
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit');
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  };

  const port = await new Promise<number>((resolve, reject) => {
    const fail = () => reject(new ServerDidNotStart(child.exitCode, stderr));
    const timer = setTimeout(() => void stop('SIGKILL').then(fail), options.timeoutMs ?? 30_000);
    child.once('exit', () => {
      clearTimeout(timer);
      fail();
    });
    lines.once('line', (line) => {
      clearTimeout(timer);
      resolve((JSON.parse(line) as { listening: { port: number } }).listening.port);
    });
  });
  return {
    port,
    pid: child.pid!,
    url: `esdb://127.0.0.1:${port}?tls=false`,
    child,
    log: () => stderr,
    stop: () => stop('SIGTERM'),
    kill: async () => void (await stop('SIGKILL')),
  };
};
