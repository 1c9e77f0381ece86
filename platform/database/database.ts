import { once } from 'node:events';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { errorCode, errorMessage, exitCodes, type UserError, userError } from '../errors.ts';
import { shownUrl } from '../logging/shown-url.ts';
import { acceptCopyIn } from './copy-in.ts';
import { pinSession } from './session-settings.ts';

export type OpenDatabase<Tables> = {
  db: Kysely<Tables>;
  /** For what kysely does not do: LISTEN, session locks. Shares its connections with `db`. */
  pool: pg.Pool;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  /** Shown by PostgreSQL for each session, e.g. `openhouse import`. */
  applicationName: string;
  /** Maximum number of connections. Default 10. */
  max?: number;
  /** Called when a connection is lost. Ignored by default: the query that needs it fails, and the next one reconnects. */
  onConnectionLost?(error: Error): void;
};

/**
 * Opens a connection pool and kysely on top of it. Connects lazily.
 *
 * A dropped connection fails the query in progress, never the process. `date` columns are returned as `YYYY-MM-DD` (a
 * Date would shift with the time zone), `bigint` and `numeric` as strings (they may not fit a number). The settings of
 * each session are pinned, whatever the server's defaults (see session-settings.ts).
 */
export function openDatabase<Tables>(url: string, options: DatabaseOptions): OpenDatabase<Tables> {
  const { applicationName, max = 10, onConnectionLost = () => {} } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: applicationName,
    max,
    keepAlive: true,
    connectionTimeoutMillis: 15_000,
    idleTimeoutMillis: 30_000,
    // A transaction that its process forgot (or a debugger holds) must not block others forever.
    idle_in_transaction_session_timeout: 5 * 60_000,
    types: { getTypeParser },
    // The pool waits for it, and closes a connection that cannot be pinned: it would return wrong results.
    onConnect: pinSession,
  });
  // Both are needed: the pool's for idle connections, the client's for busy ones. Without either, the process would exit.
  pool.on('error', onConnectionLost);
  const connected = new Set<pg.PoolClient>();
  pool.on('remove', (client) => connected.delete(client));
  pool.on('connect', (client) => {
    connected.add(client);
    acceptCopyIn(client);
    client.on('error', onConnectionLost);
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const close = async () => {
    await db.destroy();
    // kysely ends the pool only if it has used it.
    if (!pool.ended) await pool.end();
    // The pool does not wait until its connections are closed, and a server that stops now would still report them as lost.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), closeLimitMs);
    const { signal } = late;
    while (connected.size > 0 && !signal.aborted) await once(pool, 'remove', { signal }).catch(() => {});
    clearTimeout(timer);
  };
  return { db, pool, close };
}

/** How long to wait for the end of connections to a server that does not respond. */
const closeLimitMs = 2_000;

const asIs = (value: string) => value;
const getTypeParser: typeof pg.types.getTypeParser = (id: number, format?: 'text' | 'binary') =>
  id === pg.types.builtins.DATE && format !== 'binary' ? asIs : pg.types.getTypeParser(id, format as 'text');

/** SQLSTATE classes and Node error codes for a lost connection or a server that is not up (yet). */
const connectionLoss =
  /^(08...|57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const connectionLossMessages =
  /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|Client was closed|connection is closed/i;

/** Whether the server went away (restart, crash, network), so that a retry may well succeed. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  const code = errorCode(error);
  if (code !== undefined) return connectionLoss.test(code);
  return error instanceof Error && connectionLossMessages.test(error.message);
}

/** A database error that the person at the terminal can fix, as a `UserError`; undefined for any other. */
export function explainDatabaseError(error: unknown, url?: string): UserError | undefined {
  const where = url === undefined ? 'PostgreSQL' : `PostgreSQL at ${shownUrl(url)}`;
  const code = errorCode(error) ?? '';
  const unreachable = { exitCode: exitCodes.unreachable, cause: error };
  switch (code) {
    case '53100':
      return userError('the database disk is full', {
        code: 'disk-full',
        hint: 'Free up some space, then run the command again: completed work is kept.',
        cause: error,
      });
    case '28P01':
    case '28000':
      return userError(`${where} rejected this user or password`, {
        code: 'database-login',
        hint: 'Check DATABASE_URL.',
        ...unreachable,
      });
    case '3D000':
      return userError(`${where} has no such database`, {
        code: 'database-missing',
        hint: 'Create it, or correct DATABASE_URL.',
        ...unreachable,
      });
    case '42501':
      return userError(`${where} does not let this user do that: ${errorMessage(error)}`, {
        code: 'database-permission',
        hint: 'openhouse needs a user who may create schemas in its database.',
        cause: error,
      });
    case '42703':
    case '42P01':
      return userError(`a table or column that this release needs is not in the database: ${errorMessage(error)}`, {
        code: 'database-outdated',
        hint: 'Run `openhouse start --once`, which upgrades what an older release created. If it still fails then, please report it.',
        cause: error,
      });
    case '53300':
      return userError(`${where} has no free connections`, {
        code: 'database-full',
        hint: 'Stop other programs that use it, or raise its max_connections.',
        ...unreachable,
      });
  }
  if (!isConnectionLoss(error)) return undefined;
  return userError(`${where} cannot be reached (${errorMessage(error)})`, {
    code: 'database-unreachable',
    hint: 'Completed work is kept: run the same command again once it is back. `openhouse doctor` shows more.',
    ...unreachable,
  });
}
