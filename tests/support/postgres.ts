import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../platform/postgres/server.ts';
import { letThrough, makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** Where `tests/run.ts` tells each test file which PostgreSQL to use. */
export const sharedPostgresVariable = 'OPENHOUSE_TEST_POSTGRES';

/** A PostgreSQL of one's own, gone with this process: for tests that stop it, kill it or fill its disk. */
export type TestPostgres = EmbeddedPostgres & {
  /** Stops it and removes its folder. */
  close(): Promise<void>;
};

/**
 * @param options.folder to start again on the same data (and `preferredPort` for the same port); otherwise a new temporary folder
 * @param options.durable true for tests about what survives a crash
 */
export async function testPostgres(
  options: { folder?: string; preferredPort?: number; durable?: boolean } = {},
): Promise<TestPostgres> {
  const folder = options.folder ?? makeTemporaryFolder();
  letThrough(folder);
  const server = await startEmbeddedPostgres({
    folder,
    preferredPort: options.preferredPort,
    durable: options.durable ?? false,
  });
  server.unref();
  const remove = () => removeFolder(folder);
  const atExit = () => {
    try {
      process.kill(server.pid, 'SIGKILL');
    } catch {
      // stopped already
    }
    if (options.folder === undefined) remove();
  };
  process.once('exit', atExit);
  return {
    ...server,
    async close() {
      await server.stop();
      process.removeListener('exit', atExit);
      if (options.folder === undefined) remove();
    },
  };
}

let own: Promise<TestPostgres> | undefined;

/** The server of this test run; for a file that is run by hand, one of its own that ends with it. */
async function serverUrl(): Promise<string> {
  const shared = process.env[sharedPostgresVariable];
  if (shared !== undefined) return shared;
  own ??= testPostgres();
  return (await own).url;
}

/**
 * A fresh, empty database for one test (or one file). It is gone with the test run; `drop` it earlier when there are many.
 *
 * @example
 * const database = await testDatabase();
 * t.after(() => database.drop());
 */
export async function testDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = await serverUrl();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await statement(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => statement(server, `drop database if exists ${name} with (force)`) };
}

async function statement(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // told by the query that fails
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
