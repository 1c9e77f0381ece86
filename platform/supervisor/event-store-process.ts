import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { exitCodes, userError } from '../errors.ts';
import { type EventStoreAccess, eventStoreAccessArguments } from './event-store-access.ts';
import type { RunningServer } from './keep-running.ts';

const program = fileURLToPath(new URL('../../eventstore/embedded/main.ts', import.meta.url));
// By absolute URL, so that it is found from any working directory.
const typescript = import.meta.resolve('tsx');

/**
 * Starts the embedded event store in its own process, which ends with this one, however this one ends.
 *
 * @throws UserError when it does not start
 */
export async function startEventStore(options: {
  databaseUrl: string;
  host: string;
  port: number;
  /** The credentials it requires; without them, it lets everyone in. */
  access: EventStoreAccess | undefined;
  advertiseHost: string | undefined;
  logFile: string;
}): Promise<RunningServer> {
  const { databaseUrl, host, port, access, advertiseHost, logFile } = options;
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > 8 * 1024 * 1024)
    renameSync(logFile, `${logFile}.old`);
  const log = openSync(logFile, 'a', 0o600);
  const logStart = statSync(logFile).size;
  const child = spawn(
    process.execPath,
    // The database URL is passed in the environment: every user of the machine can read arguments.
    [
      ...['--import', typescript, program, '--host', host, '--port', String(port), '--exit-with-parent'],
      ...(access === undefined ? [] : eventStoreAccessArguments(access)),
      ...(advertiseHost === undefined ? [] : ['--advertise-host', advertiseHost]),
    ],
    { stdio: ['pipe', 'pipe', log], env: { ...process.env, DATABASE_URL: databaseUrl }, detached: true },
  );
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const lines = createInterface({ input: child.stdout! });
  const first = new Promise<string>((resolve) => lines.once('line', resolve));
  const patience = new Promise<'slow'>((resolve) => setTimeout(resolve, 90_000, 'slow').unref());
  const line = await Promise.race([first, ended.then(() => undefined), patience]);
  if (line === undefined || line === 'slow') {
    child.kill('SIGKILL');
    throw explain(readFileSync(logFile, 'utf8').slice(logStart), { host, port, logFile });
  }
  const { listening } = JSON.parse(line) as { listening: { host: string; port: number } };
  return {
    pid: child.pid!,
    host,
    port: listening.port,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(hard);
    },
  };
}

function explain(said: string, { host, port, logFile }: { host: string; port: number; logFile: string }): Error {
  if (/EADDRINUSE|address already in use/i.test(said))
    return userError(`port ${port} of ${host} is in use by another program`, {
      code: 'port-in-use',
      hint: 'Stop that program, or choose another port with --port.',
      exitCode: exitCodes.unreachable,
    });
  const last = messageOf(said.trim().split('\n').at(-1) ?? '');
  return userError(`the embedded event store did not start${last === '' ? '' : `: ${last}`}`, {
    code: 'eventstore-start',
    hint: `See its log, ${logFile}.`,
    exitCode: exitCodes.unreachable,
  });
}

/** The event store logs JSON lines; Node itself, when it cannot load the program, does not. */
function messageOf(line: string): string {
  try {
    return (JSON.parse(line) as { message: string }).message;
  } catch {
    return line;
  }
}
