import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../platform/postgres/server.ts';
import { letThrough, makeTemporaryFolder, removeFolder } from '../temporary-folder.ts';

/** The variable by which `tests/run.ts` passes the shared PostgreSQL to each test file. */
export const sharedPostgresVariable = 'OPENHOUSE_TEST_POSTGRES';

/** A private PostgreSQL that ends with this process: for tests that stop it, kill it or fill its disk. */
export type TestPostgres = EmbeddedPostgres & {
  /** Stops it and removes its folder. */
  close(): Promise<void>;
};

/**
 * @param options.folder to restart on the same data (with `preferredPort` for the same port); default: a new temporary folder
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

export type TestDatabase = { readonly name: string; readonly url: string; drop(): Promise<void> };

let own: Promise<TestPostgres> | undefined;

/** The server of this test run; when a file is run by hand, a private one that ends with it. */
async function serverUrl(): Promise<string> {
  const shared = process.env[sharedPostgresVariable];
  if (shared !== undefined) return shared;
  own ??= testPostgres();
  return (await own).url;
}

/**
 * A fresh database for one test (or one file): empty, or a copy of another one of the same server. It goes away with the test run; `drop` it earlier if there are many.
 *
 * @example
 * const database = await testDatabase();
 * t.after(() => database.drop());
 */
export async function testDatabase(options: { template?: string } = {}): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await statement(
    server,
    `create database ${name}${options.template === undefined ? '' : ` template ${options.template}`}`,
  );
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => statement(server, `drop database if exists ${name} with (force)`) };
}

async function statement(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // reported by the query that fails
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
