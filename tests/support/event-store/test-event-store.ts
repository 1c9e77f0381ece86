import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  type EventStoreAccess,
  eventStoreAccess,
  eventStoreAccessArguments,
  eventStoreUrl,
} from '../../../platform/supervisor/event-store-access.ts';
import { programArguments } from '../bundle.ts';
import { projectFolder } from '../command.ts';
import { makeTemporaryFolder, removeFolder } from '../temporary-folder.ts';
import { startRealEventStore, testsUseRealEventStore } from './real-event-store.ts';
import { closeSharedEventStore, startSharedEventStore } from './shared-event-stores.ts';
import type { EventStoreProcess, TestEventStore } from './types.ts';

/** The variable by which `tests/run.ts` passes the folder with the access to each test file: making a key takes 0.2 s. */
export const accessVariable = 'OPENHOUSE_TEST_ACCESS';

/** The credentials for the servers of this test run, or when a file is run by hand, of this process; created on first use. */
export const testAccess = (): EventStoreAccess => {
  access ??= eventStoreAccess(process.env[accessVariable] ?? folderUntilExit());
  return access;
};
let access: EventStoreAccess | undefined;

const folderUntilExit = (): string => {
  const folder = makeTemporaryFolder();
  process.once('exit', () => removeFolder(folder));
  return folder;
};

/** Per-call credentials, which make the client use the unary append. For a real node, those it is made with. */
export const testCredentials = (): { username: string; password: string } => {
  if (process.env.EVENTSTORE_URL || testsUseRealEventStore) return { username: 'admin', password: 'changeit' };
  const { userName, password } = testAccess();
  return { username: userName, password };
};

type Options = { port?: number; insecure?: boolean };

/**
 * The event store of a database, in a separate process as in production, which this process's other stores share: ours, or with
 * `OPENHOUSE_TEST_EVENTSTORE` a fresh real node, which is always `insecure`. It ends with this process.
 *
 * @param options.port to restart it on the same port; default: any free one
 * @throws with the reason, when it does not start
 */
export async function testEventStore(databaseUrl: string, options: Options = {}): Promise<TestEventStore> {
  if (testsUseRealEventStore) return await startRealEventStore(databaseUrl, options.port);
  const access = options.insecure ? undefined : testAccess();
  const port = await startSharedEventStore({ databaseUrl, port: options.port ?? 0, access });
  return {
    url: eventStoreUrl('127.0.0.1', port, access),
    port,
    close: () => closeSharedEventStore(port),
  };
}

/** The same in a process of its own, which can be killed. */
export async function eventStoreProcess(databaseUrl: string, options: Options = {}): Promise<EventStoreProcess> {
  return testsUseRealEventStore
    ? await startRealEventStore(databaseUrl, options.port)
    : await embeddedEventStore(databaseUrl, options);
}

/** Our own event store in a process of its own, whatever the others are: for what only it has, or only it can be told to do. */
export async function embeddedEventStore(
  databaseUrl: string,
  options: Options & { args?: string[] } = {},
): Promise<EventStoreProcess> {
  const access = options.insecure ? undefined : testAccess();
  const child = spawn(
    process.execPath,
    [
      ...programArguments('eventstore/embedded/main.ts'),
      '--port',
      String(options.port ?? 0),
      '--database-url',
      databaseUrl,
      '--exit-with-parent',
      ...(access === undefined ? [] : eventStoreAccessArguments(access)),
      ...(options.args ?? []),
    ],
    // NODE_TEST_CONTEXT would make the child write the test runner's protocol to stdout.
    { cwd: projectFolder, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  // Not `close`: while it waits for the streams below, nothing keeps this process alive, and a test may end in the middle.
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await listening(child);
  // Nothing here may keep a finished test process alive.
  child.unref();
  for (const stream of child.stdio) if (stream !== null && stream !== undefined && 'unref' in stream) unref(stream);
  return {
    url: eventStoreUrl('127.0.0.1', port, access),
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

async function listening(child: ChildProcess): Promise<number> {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000);
  });
  const first = new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
  // With all that it wrote.
  const closed = new Promise<undefined>((resolve) => child.once('close', () => resolve(undefined)));
  const line = await Promise.race([first, closed]);
  if (line === undefined) throw new Error(`the event store did not start:\n${said}`);
  const answer = JSON.parse(line) as { listening: { host: string; port: number } };
  return answer.listening.port;
}
