import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/config.ts';
import { errorCode, exitCodes, userError } from '../errors.ts';
import { explainFileError, homePaths, prepareHome } from '../home.ts';
import { lockOwner } from './lock.ts';
import {
  type FromSupervisor,
  fromPlainError,
  type Needs,
  receive,
  type SupervisorAddress,
  type SupervisorStatus,
  send,
  serversWanted,
  type ToSupervisor,
} from './protocol.ts';

export type Lease = {
  databaseUrl: string;
  eventStoreUrl: string | undefined;
  /** Settles when the supervisor is gone although the lease was not released. */
  lost: Promise<void>;
  /** Releases the lease. If no one else needs the servers, returns when they have stopped. */
  release(): Promise<void>;
};

/** A supervisor that is silent for this long hangs. */
const silenceLimit = 10_000;
/** How long to wait while another process starts or stops the servers. */
const waitLimit = 150_000;

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const typescript = import.meta.resolve('tsx');

/**
 * Asks the home's supervisor for servers, and starts a supervisor if there is none.
 *
 * @throws UserError when the servers are not available
 */
export async function takeLease(
  config: Config,
  options: { needs: Needs; command: string; progress(text: string): void; signal?: AbortSignal | undefined },
): Promise<Lease> {
  const { progress, signal } = options;
  const paths = homePaths(config.home);
  prepareHome(config.home);
  const started = Date.now();
  let ours: StartedSupervisor | undefined;
  let announced = false;
  for (;;) {
    signal?.throwIfAborted();
    const address = readAddress(paths.supervisorFile);
    const lease = address === undefined ? undefined : await ask(config, address, options);
    if (lease !== undefined) return lease;
    const owner = lockOwner(paths.run, 'supervisor');
    if (owner === undefined && (ours === undefined || ours.ended())) ours = startSupervisor(config);
    else if (owner !== undefined && owner.pid !== ours?.pid && !announced && Date.now() - started > 1_000) {
      announced = true;
      progress(`waiting for another openhouse (process ${owner.pid}) to start or stop its servers`);
    }
    if (Date.now() - started > waitLimit) throw doesNotAnswer(owner?.pid, paths.supervisorLog);
    await sleep(50, undefined, { signal });
  }
}

/** The lease; undefined when the supervisor is gone or shutting down. */
function ask(
  config: Config,
  address: SupervisorAddress,
  { needs, command, progress, signal }: Parameters<typeof takeLease>[1],
): Promise<Lease | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: address.port });
    let ready = false;
    let released = false;
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    const silence = setTimeout(() => {
      reject(doesNotAnswer(address.pid, homePaths(config.home).supervisorLog));
      socket.destroy();
    }, silenceLimit);
    const abort = () => socket.destroy();
    signal?.addEventListener('abort', abort, { once: true });

    socket.once('connect', () => {
      const request: ToSupervisor = {
        type: 'lease',
        token: address.token,
        pid: process.pid,
        command,
        servers: serversWanted(config),
        needs,
      };
      send(socket, request);
    });
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => {
      clearTimeout(silence);
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason);
      else resolve(undefined);
    });
    receive<FromSupervisor>(socket, (message) => {
      if (!ready) silence.refresh();
      if (message.type === 'progress' && !ready) progress(message.text);
      if (message.type === 'failed') reject(fromPlainError(message.error));
      if (message.type === 'stopping' || message.type === 'failed') socket.end();
      if (message.type !== 'ready') return;
      ready = true;
      clearTimeout(silence);
      // From here on the command handles Ctrl-C itself: it releases the lease when it is done.
      signal?.removeEventListener('abort', abort);
      const { databaseUrl, eventStoreUrl } = message;
      const lost = closed.then(() => (released ? new Promise<void>(() => {}) : undefined));
      const release = async () => {
        if (released) return;
        released = true;
        socket.ref();
        send(socket, { type: 'release' });
        // Bounded: it is up to `openhouse doctor` to report a supervisor that hangs.
        await Promise.race([closed, sleep(30_000, undefined, { ref: false })]);
        socket.destroy();
      };
      resolve({ databaseUrl, eventStoreUrl, lost, release });
    });
  });
}

/** What the supervisor of this home is running, and for whom; undefined when there is none. */
export function supervisorStatus(home: string): Promise<SupervisorStatus | 'silent' | undefined> {
  const address = readAddress(homePaths(home).supervisorFile);
  if (address === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket: Socket = connect({ host: '127.0.0.1', port: address.port });
    socket.setTimeout(5_000, () => {
      resolve('silent');
      socket.destroy();
    });
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => resolve(undefined));
    socket.once('connect', () => send(socket, { type: 'status', token: address.token }));
    receive<FromSupervisor>(socket, (message) => {
      if (message.type === 'status') resolve(message.status);
      socket.end();
    });
  });
}

type StartedSupervisor = {
  pid: number | undefined;
  /** @throws UserError when it ended because it failed */
  ended(): boolean;
};

function startSupervisor(config: Config): StartedSupervisor {
  const { supervisorLog } = homePaths(config.home);
  let log: number;
  try {
    log = openSync(supervisorLog, 'a', 0o600);
  } catch (error) {
    throw explainFileError(error, config.home) ?? error;
  }
  const logStart = statSync(supervisorLog).size;
  const child = spawn(process.execPath, ['--import', typescript, program], {
    // In its own session: Ctrl-C in this terminal is for this command, not for servers that others may be using.
    detached: true,
    stdio: ['ignore', log, log],
    // Not in the caller's folder, which someone may want to remove or unmount.
    cwd: '/',
    env: {
      ...process.env,
      OPENHOUSE_HOME: config.home,
      // The command line wins over the environment; empty means unset.
      DATABASE_URL: config.databaseUrl ?? '',
      EVENTSTORE_URL: config.eventStoreUrl ?? '',
      NODE_TEST_CONTEXT: undefined,
    },
  });
  closeSync(log);
  child.unref();
  let failed = false;
  let ended = false;
  child.once('error', () => {
    failed = ended = true;
  });
  child.once('exit', (code) => {
    ended = true;
    failed = code !== 0;
  });
  return {
    pid: child.pid,
    ended() {
      if (!failed) return ended;
      const said = readFileSync(supervisorLog, 'utf8').slice(logStart).trim();
      // When the disk is completely full, the log is empty.
      const { bavail, bsize } = statfsSync(config.home);
      const full = /ENOSPC/.test(said) || bavail * bsize < 1024 * 1024;
      throw userError(full ? `the disk is full (${config.home})` : 'the servers could not be started', {
        code: full ? 'disk-full' : 'supervisor-start',
        hint: full ? 'Free up some space, then run the command again.' : `See its log, ${supervisorLog}.`,
        exitCode: exitCodes.unreachable,
        cause: said,
      });
    },
  };
}

function readAddress(file: string): SupervisorAddress | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SupervisorAddress;
  } catch (error) {
    if (errorCode(error) === 'EACCES') throw explainFileError(error, file);
    return undefined; // none, or about to be replaced
  }
}

function doesNotAnswer(pid: number | undefined, log: string): Error {
  const who = pid === undefined ? 'the process that runs the servers' : `process ${pid}, which runs the servers,`;
  return userError(`${who} does not answer`, {
    code: 'servers-silent',
    hint:
      pid === undefined ? `See ${log}.` : `Kill it (\`kill -9 ${pid}\`) and try again; nothing is lost. See ${log}.`,
    exitCode: exitCodes.unreachable,
  });
}
