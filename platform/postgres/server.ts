import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { exitCodes, userError } from '../errors.ts';
import { freePort } from '../free-port.ts';
import { findBinaries } from './binaries.ts';
import { cleanEnvironment, explainFailure, passwordIn, prepareDataFolder, superuser } from './data-folder.ts';
import { clusterFolder, reachableBinaries } from './places.ts';
import { readPostmaster, removeStalePidFile, stopPostmaster } from './postmaster.ts';
import { chooseUser, identity } from './run-as.ts';

export type EmbeddedPostgres = {
  /** URL of the database `openhouse`, including the password: never show it, use `shownUrl`. */
  url: string;
  port: number;
  /** The postmaster's process id. */
  pid: number;
  dataFolder: string;
  logFile: string;
  /** Settles when the server has ended, whether requested or not. */
  ended: Promise<void>;
  /** Ends all sessions and stops; committed data is on disk. */
  stop(): Promise<void>;
  /** `kill -9` of the postmaster, like a crash; its sessions end on their own a moment later. */
  kill(): Promise<void>;
  /** Lets this process exit while the server runs (which then stops too). */
  unref(): void;
};

export type EmbeddedPostgresOptions = {
  /** Where password, log and data are kept. */
  folder: string;
  /** Listens on this port if it is free, otherwise on any. */
  preferredPort?: number | undefined;
  /** false: faster and unsafe, for tests whose data may be lost in a crash. Default true. */
  durable?: boolean;
  /** Called with progress messages: what takes time, or is worth knowing. */
  notice?(text: string): void;
  /** Name of the database to create. Default `openhouse`. */
  database?: string;
};

/**
 * Starts the PostgreSQL that comes with openhouse: on 127.0.0.1 only, with a password, its data in `folder`. When run as
 * root, it runs as an unprivileged user. It stops with this process, however this process ends.
 *
 * An instance that a crashed process left running on the same folder is stopped first.
 *
 * @throws UserError saying what is wrong and what to do (disk full or read-only, data of another major version, ...)
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { folder, durable = true, notice = () => {}, database = 'openhouse' } = options;
  const binaries = findBinaries();
  mkdirSync(folder, { recursive: true });
  const user = chooseUser(join(folder, 'cluster', 'data'));
  const programs = reachableBinaries(binaries, user, notice);
  const cluster = clusterFolder(folder, user, notice);
  const password = passwordIn(join(folder, 'password'));
  const dataFolder = prepareDataFolder({
    cluster,
    programs,
    major: binaries.major,
    user,
    password,
    durable,
    notice,
  });
  const orphan = readPostmaster(dataFolder);
  if (orphan !== undefined) {
    notice('stopping the PostgreSQL that a crashed openhouse left running');
    await stopPostmaster(orphan, dataFolder);
  }
  const logFile = rotatedLog(join(folder, 'postgres.log'));

  // Another program may take the port before PostgreSQL does: try another one then.
  for (let attempt = 1; ; attempt++) {
    removeStalePidFile(dataFolder);
    const port = await freePort(attempt === 1 ? options.preferredPort : undefined);
    const logStart = existsSync(logFile) ? statSync(logFile).size : 0;
    const child = spawnPostgres({ programs, dataFolder, port, durable, logFile, user });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const pid = await ready(child, ended, dataFolder);
    if (pid !== undefined) {
      const url = (name: string) =>
        `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(name)}`;
      const stop = async () => {
        child.ref();
        child.stdin?.end();
        await ended;
      };
      try {
        await ensureDatabase(url('postgres'), database, folder);
      } catch (error) {
        await stop();
        throw error;
      }
      const kill = async () => {
        child.ref();
        process.kill(pid, 'SIGKILL');
        await ended;
      };
      const unref = () => {
        child.unref();
        // The pipe is a socket, which has `unref`; its type only says that it is writable.
        if (child.stdin !== null && 'unref' in child.stdin) (child.stdin as Socket).unref();
      };
      return { url: url(database), port, pid, dataFolder, logFile, ended, stop, kill, unref };
    }
    const said = readFileSync(logFile, 'utf8').slice(logStart);
    const worthAnotherTry = /could not bind|Address already in use|pre-existing shared memory block/.test(said);
    if (!worthAnotherTry || attempt >= 10) throw explainFailure(said, dataFolder);
    await sleep(200 * attempt);
  }
}

/**
 * Runs PostgreSQL under a shell that holds the other end of a pipe to this process: when this process ends, even by
 * `kill -9`, the pipe closes and the shell shuts PostgreSQL down cleanly. No orphan keeps the data folder.
 */
const untilParentEnds = `
exec 3<&0
"$@" 3<&- & server=$!
(while read -r _; do :; done; kill -INT $server) <&3 2>/dev/null & watcher=$!
exec 3<&-
wait $server; code=$?
kill $watcher 2>/dev/null
exit $code`;

function spawnPostgres(options: {
  programs: string;
  dataFolder: string;
  port: number;
  durable: boolean;
  logFile: string;
  user: ReturnType<typeof chooseUser>;
}): ChildProcess {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: options.port,
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    // Our queries are short: compiling them costs more than it saves.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %a ',
    log_checkpoints: 'off',
    // A client that is gone (kill -9, network failure) must not hold its locks for hours.
    client_connection_check_interval: '5s',
    ...(options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const args = ['-D', options.dataFolder, ...Object.entries(settings).flatMap(([name, to]) => ['-c', `${name}=${to}`])];
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    return spawn('/bin/sh', ['-c', untilParentEnds, 'sh', join(options.programs, 'bin', 'postgres'), ...args], {
      ...identity(options.user),
      cwd: options.dataFolder,
      env: cleanEnvironment(),
      stdio: ['pipe', log, log],
      // In its own process group: Ctrl-C is for the command, which stops PostgreSQL when it no longer needs it.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** The postmaster's pid once it accepts connections; undefined if it ended instead. */
async function ready(child: ChildProcess, ended: Promise<void>, dataFolder: string): Promise<number | undefined> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const started = Date.now();
  const patience = 120_000; // crash recovery after kill -9 replays the log since the last checkpoint
  while (!over) {
    const postmaster = readPostmaster(dataFolder);
    if (postmaster?.status === 'ready') return postmaster.pid;
    if (Date.now() - started > patience) {
      child.stdin?.end();
      await ended;
      throw userError('PostgreSQL did not become ready within two minutes', {
        code: 'postgres-slow',
        hint: `It may be recovering from a crash: see the log beside ${dataFolder}, then try again.`,
        exitCode: exitCodes.unreachable,
      });
    }
    await Promise.race([sleep(20), ended]);
  }
  return undefined;
}

async function ensureDatabase(url: string, name: string, folder: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // reported by the query that fails
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (cause) {
    const wrongPassword = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '28P01';
    if (!wrongPassword) throw cause;
    throw userError('the embedded PostgreSQL rejected its stored password', {
      code: 'postgres-password',
      hint: `Restore the right ${join(folder, 'password')}, or move ${folder} away to start with an empty database.`,
      exitCode: exitCodes.unreachable,
      cause,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

/** Keeps one old log: enough to see what happened, and never more than a few megabytes. */
function rotatedLog(file: string): string {
  const limit = 8 * 1024 * 1024;
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > limit) renameSync(file, `${file}.old`);
  return file;
}
