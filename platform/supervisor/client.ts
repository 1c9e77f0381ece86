import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
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
  /** Settles when the supervisor is gone although the lease was not given back. */
  lost: Promise<void>;
  /** Gives it back. If nobody else needs the servers, returns when they have stopped. */
  release(): Promise<void>;
};

/** Whoever does not say a word for so long hangs. */
const silenceLimit = 10_000;
/** For so long, somebody else may start or stop the servers while we wait. */
const waitLimit = 150_000;

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const typescript = import.meta.resolve('tsx');

/**
 * Asks the home's supervisor for servers, and starts one if there is none.
 *
 * @throws UserError when they cannot be had
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
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const address = readAddress(paths.supervisorFile);
    const lease = address === undefined ? undefined : await ask(config, address, options);
    if (lease !== undefined) return lease;
    const owner = lockOwner(paths.run, 'supervisor');
    if (owner === undefined && (ours === undefined || ours.ended())) ours = startSupervisor(config);
    else if (owner !== undefined && owner.pid !== ours?.pid && !told && Date.now() - started > 1_000) {
      told = true;
      progress(`waiting for another openhouse (process ${owner.pid}) to start or stop its servers`);
    }
    if (Date.now() - started > waitLimit) throw doesNotAnswer(owner?.pid, paths.supervisorLog);
    await sleep(50, undefined, { signal });
  }
}

/** The lease; undefined when that supervisor is gone or about to go. */
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
      // From here on Ctrl-C is the command's own affair: it gives the lease back when it is done.
      signal?.removeEventListener('abort', abort);
      const { databaseUrl, eventStoreUrl } = message;
      const lost = closed.then(() => (released ? new Promise<void>(() => {}) : undefined));
      const release = async () => {
        if (released) return;
        released = true;
        socket.ref();
        send(socket, { type: 'release' });
        // Never for ever: a supervisor that hangs is for `openhouse doctor` to tell.
        await Promise.race([closed, sleep(30_000, undefined, { ref: false })]);
        socket.destroy();
      };
      resolve({ databaseUrl, eventStoreUrl, lost, release });
    });
  });
}

/** What the supervisor of this home has running, and for whom; undefined when there is none. */
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
    // A session of its own: Ctrl-C in this terminal is for this command, not for servers that others may be using.
    detached: true,
    stdio: ['ignore', log, log],
    // Not in the caller's folder, which someone may want to remove or unmount.
    cwd: '/',
    env: {
      ...process.env,
      OPENHOUSE_HOME: config.home,
      // What the command line said counts more than the environment; empty is not set.
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
      // On a disk that is full to the last byte the log says nothing.
      const { bavail, bsize } = statfsSync(config.home);
      const full = /ENOSPC/.test(said) || bavail * bsize < 1024 * 1024;
      throw userError(full ? `the disk is full (${config.home})` : 'the servers could not be started', {
        code: full ? 'disk-full' : 'supervisor-start',
        hint: full ? 'Make room, then run it again.' : `Its log is ${supervisorLog}.`,
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
    return undefined; // none, or just about to be replaced
  }
}

function doesNotAnswer(pid: number | undefined, log: string): Error {
  const who = pid === undefined ? 'the process that runs the servers' : `process ${pid}, which runs the servers,`;
  return userError(`${who} does not answer`, {
    code: 'servers-silent',
    hint:
      pid === undefined ? `See ${log}.` : `End it (\`kill -9 ${pid}\`) and try again; nothing gets lost. See ${log}.`,
    exitCode: exitCodes.unreachable,
  });
}
