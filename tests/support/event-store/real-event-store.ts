import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../platform/free-port.ts';
import { makeTemporaryFolder, removeFolder } from '../temporary-folder.ts';
import type { EventStoreProcess } from './types.ts';

/**
 * `OPENHOUSE_TEST_EVENTSTORE`: the shell command that runs one node of a real EventStoreDB, without TLS, on `{port}` with its
 * data in `{folder}`, in the foreground. Each store of the tests is then such a node.
 */
const command = process.env.OPENHOUSE_TEST_EVENTSTORE;
/** Ends the node at `{port}` at once, where it is not a process of ours that can be killed (a container). */
const killCommand = process.env.OPENHOUSE_TEST_EVENTSTORE_KILL;

export const testsUseRealEventStore = command !== undefined;

const startTimeoutMs = 60_000;
const stopTimeoutMs = 20_000;

/** Where the node that stands for the embedded event store of a database keeps its data, for this process. */
const folders = new Map<string, string>();

/** The folder of the node of a database; a new one for a database that has none. */
export const folderOf = (databaseUrl: string): string => {
  let folder = folders.get(databaseUrl);
  if (folder === undefined) {
    const made = makeTemporaryFolder();
    folder = made;
    folders.set(databaseUrl, made);
    process.once('exit', () => removeFolder(made));
  }
  return folder;
};

/**
 * Runs the command and waits until `/info` says that the node leads.
 *
 * @param preferredPort to restart it on the same port
 * @throws with its output, when it ends or does not lead within a minute
 */
export const startRealEventStore = async (databaseUrl: string, preferredPort?: number): Promise<EventStoreProcess> => {
  const port = preferredPort ?? (await freePort());
  const folder = folderOf(databaseUrl);
  const filled = (text: string) => text.replaceAll('{port}', String(port)).replaceAll('{folder}', folder);
  const { EVENTSTORE_URL: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  // It ends with this process: a watcher in its group waits for the end of our pipe, however that comes about.
  const script = `
    trap : TERM
    exec 3<&0
    (trap '' TERM; cat <&3; ${killCommand === undefined ? ':' : filled(killCommand)}; kill -KILL 0) >/dev/null 2>&1 &
    ${filled(command!)} 3<&- </dev/null`;
  // In its own process group, which is signalled as a whole.
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000);
    });
  child.stdin.on('error', () => {});
  child.once('exit', () => child.stdin.end());
  let over = false;
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      over = true;
      resolve();
    }),
  );
  const signal = (name: 'SIGTERM' | 'SIGKILL') => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // it has ended
    }
  };
  const kill = async () => {
    // The end of the pipe makes the watcher kill all of the group.
    child.stdin.end();
    if (killCommand === undefined) signal('SIGKILL');
    await ended;
    // The node may be the child of another process than the command, which ends it a moment later.
    const giveUpAt = Date.now() + stopTimeoutMs;
    while (await accepts(port)) {
      if (Date.now() > giveUpAt)
        throw new Error(
          'the event store of OPENHOUSE_TEST_EVENTSTORE still runs after its command was killed: set OPENHOUSE_TEST_EVENTSTORE_KILL (see CONTRIBUTING.md)',
        );
      await sleep(50);
    }
  };

  const giveUpAt = Date.now() + startTimeoutMs;
  while (!(await leads(port))) {
    if (over || Date.now() > giveUpAt) {
      await kill();
      throw new Error(`the event store of OPENHOUSE_TEST_EVENTSTORE did not start:\n${filled(command!)}\n${said}`);
    }
    await sleep(100);
  }
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    pid: child.pid!,
    kill,
    async close() {
      signal('SIGTERM');
      await Promise.race([ended, sleep(stopTimeoutMs, undefined, { ref: false })]);
      await kill();
    },
  };
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const leads = async (port: number): Promise<boolean> => {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/info`, { signal: AbortSignal.timeout(1_000) });
    const { state } = (await answer.json()) as { state?: string };
    return state?.toLowerCase() === 'leader';
  } catch {
    return false;
  }
};
