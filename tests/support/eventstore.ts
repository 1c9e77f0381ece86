import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type TestEventStore = {
  /** For `EventStoreDBClient.connectionString`. */
  url: string;
  port: number;
  pid: number;
  /** `kill -9`. */
  kill(): Promise<void>;
  close(): Promise<void>;
};

const project = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Starts our event store, in a process of its own as in production, on that database. It ends with this process.
 *
 * @param options.port to start again where it was; default any free one
 * @throws with all it said on stderr, when it does not come up
 */
export async function testEventStore(
  databaseUrl: string,
  options: { port?: number; args?: string[] } = {},
): Promise<TestEventStore> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      'eventstore/embedded/main.ts',
      '--port',
      String(options.port ?? 0),
      '--database-url',
      databaseUrl,
      '--exit-with-parent',
      ...(options.args ?? []),
    ],
    // NODE_TEST_CONTEXT would make the child speak the test runner's protocol on stdout.
    { cwd: project, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await listening(child, ended);
  // Nothing here shall keep a finished test process from ending.
  child.unref();
  for (const stream of child.stdio) if (stream !== null && stream !== undefined && 'unref' in stream) unref(stream);
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    pid: child.pid!,
    async kill() {
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
    async close() {
      child.ref();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}

async function listening(child: ChildProcess, ended: Promise<void>): Promise<number> {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000);
  });
  const first = new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
  const line = await Promise.race([first, ended.then(() => undefined)]);
  if (line === undefined) throw new Error(`the event store did not start:\n${said}`);
  const answer = JSON.parse(line) as { listening: { host: string; port: number } };
  return answer.listening.port;
}
