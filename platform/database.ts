import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { errorCode, errorMessage, exitCodes, type UserError, userError } from './errors.ts';
import { pinSession } from './session-settings.ts';
import { shownUrl } from './shown-url.ts';

export type OpenDatabase<Tables> = {
  db: Kysely<Tables>;
  /** For what kysely does not do: LISTEN, COPY, session locks. Its connections are those of `db`. */
  pool: pg.Pool;
  close(): Promise<void>;
};

export type DatabaseOptions = {
  /** Shown by PostgreSQL beside each session: who is that? e.g. `openhouse import`. */
  applicationName: string;
  /** Connections at most. Default 10. */
  max?: number;
  /** Told when a connection is lost; by default nobody: the query that needs it fails, and the next one gets a new one. */
  onConnectionLost?(error: Error): void;
};

/**
 * Opens a pool of connections and kysely on it. Connects lazily.
 *
 * A dropped connection fails the query under way and never the process. `date` columns come as `YYYY-MM-DD` (a Date would
 * shift by time zone), `bigint` and `numeric` as strings (they may be larger than a number can hold). The settings of each
 * session are pinned, whatever the server's defaults are (see session-settings.ts).
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
    // A transaction that its process forgot (or a debugger holds) must not keep others waiting for ever.
    idle_in_transaction_session_timeout: 5 * 60_000,
    types: { getTypeParser },
  });
  // Both are needed: the pool's for idle connections, the client's for those in use; without one the process would end.
  pool.on('error', onConnectionLost);
  pool.on('connect', (client) => {
    client.on('error', onConnectionLost);
    pinSession(client);
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const close = async () => {
    await db.destroy();
    // kysely ends the pool only if it has used it itself.
    if (!pool.ended) await pool.end();
  };
  return { db, pool, close };
}

const asIs = (value: string) => value;
const getTypeParser: typeof pg.types.getTypeParser = (id: number, format?: 'text' | 'binary') =>
  id === pg.types.builtins.DATE && format !== 'binary' ? asIs : pg.types.getTypeParser(id, format as 'text');

/** SQLSTATE classes and Node error codes that mean: the connection is gone, or the server is not (yet) there. */
const connectionLoss =
  /^(08...|57P0[123]|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const connectionLossMessages =
  /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|Client was closed|connection is closed/i;

/** Whether the server went away (restart, crash, network), so that the same again may well work. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  const code = errorCode(error);
  if (code !== undefined) return connectionLoss.test(code);
  return error instanceof Error && connectionLossMessages.test(error.message);
}

/**
 * Runs `work`, and again while the connection to PostgreSQL is lost, waiting longer each time.
 *
 * `work` must be safe to repeat: a transaction may have committed although its answer got lost.
 *
 * @param options.patience for how long to try, in ms (default 30,000)
 * @throws what `work` threw last
 */
export async function retryOnConnectionLoss<T>(
  work: () => Promise<T>,
  options: { patience?: number; onRetry?(error: unknown, waitMs: number): void; signal?: AbortSignal } = {},
): Promise<T> {
  const { patience = 30_000, onRetry, signal } = options;
  const started = Date.now();
  for (let wait = 50; ; wait = Math.min(wait * 2, 2_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLoss(error) || Date.now() - started + wait > patience || signal?.aborted) throw error;
      onRetry?.(error, wait);
      await sleep(wait, undefined, { signal });
    }
  }
}

/** What went wrong with PostgreSQL, for the person at the terminal; undefined when it is not for them to mend. */
export function explainDatabaseError(error: unknown, url?: string): UserError | undefined {
  const where = url === undefined ? 'PostgreSQL' : `PostgreSQL at ${shownUrl(url)}`;
  const code = errorCode(error) ?? '';
  const unreachable = { exitCode: exitCodes.unreachable, cause: error };
  switch (code) {
    case '53100':
      return userError('the disk of the database is full', {
        code: 'disk-full',
        hint: 'Make room, then run it again: what was done is kept.',
        cause: error,
      });
    case '28P01':
    case '28000':
      return userError(`${where} refuses this user or password`, {
        code: 'database-login',
        hint: 'Check DATABASE_URL.',
        ...unreachable,
      });
    case '3D000':
      return userError(`${where} has no such database`, {
        code: 'database-missing',
        hint: 'Create it, or mend DATABASE_URL.',
        ...unreachable,
      });
    case '42501':
      return userError(`${where} does not let this user do that: ${errorMessage(error)}`, {
        code: 'database-permission',
        hint: 'openhouse needs a user who may create schemas in its database.',
        cause: error,
      });
    case '53300':
      return userError(`${where} has no connection left`, {
        code: 'database-full',
        hint: 'Stop what else uses it, or raise its max_connections.',
        ...unreachable,
      });
  }
  if (!isConnectionLoss(error)) return undefined;
  return userError(`${where} cannot be reached (${errorMessage(error)})`, {
    code: 'database-unreachable',
    hint: 'What was done is kept: once it is back, run the same command again. `openhouse doctor` tells more.',
    ...unreachable,
  });
}
