import { Client } from 'pg';
import { pinSession } from '../../../../platform/database/session-settings.ts';
import { StorageUnavailableError } from '../errors.ts';
import { migrate } from '../schema.ts';

export type Log = (level: 'info' | 'warn' | 'error', message: string, details?: Record<string, unknown>) => void;

/** The one connection through which a schema is written. */
export type WriterConnection = {
  /** False while the connection is down or the lock is not (yet) ours. */
  isReady(): boolean;
  /** Runs one statement, which is one transaction. Rejects if it was not, or may not have been, committed. */
  write(statement: { name: string; text: string; values: unknown[] }): Promise<void>;
  close(): Promise<void>;
};

type Options = {
  databaseUrl: string;
  schema: string;
  /** How long to wait at startup for PostgreSQL, and for another server on this schema to stop. */
  startTimeoutMs: number;
  /** Called whenever the connection and lock are ours (again), before use: the committed state must be reloaded. */
  onReady(client: Client): Promise<void>;
  log: Log;
};

const writeTimeoutMs = 30_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Another server holds the lock of this schema. */
class SchemaInUseError extends Error {
  override readonly name = 'SchemaInUseError';
}

/**
 * Opens the writer's connection and takes the schema's advisory lock with it.
 *
 * The lock belongs to the session, and all writes go through this session: so whoever writes holds the lock, and no
 * other fencing is needed. PostgreSQL releases the lock when the session ends, after which nothing of it can be
 * committed any more: the next holder sees everything its predecessor wrote. A predecessor that was cut off
 * (machine down, connection half open) is ended by PostgreSQL's keepalives after about 25 seconds.
 */
export const openWriterConnection = async (options: Options): Promise<WriterConnection> => {
  const { databaseUrl, schema, startTimeoutMs, onReady, log } = options;
  let client: Client | undefined;
  let ready = false;
  let closing = false;
  let recovering: Promise<void> | undefined;

  const describeHolder = async (candidate: Client): Promise<string> => {
    const { rows } = await candidate.query<{ holder: string }>(
      `SELECT format('%s, process %s, since %s', a.application_name, a.pid, a.backend_start::timestamp(0)) AS holder
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.locktype = 'advisory' AND l.granted
         AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($1, 0)`,
      [`eventstore:${schema}`],
    );
    return rows[0]?.holder ?? 'unknown';
  };

  const takeLock = async (candidate: Client, giveUpAt: number): Promise<void> => {
    let warnedAt = 0;
    for (;;) {
      const { rows } = await candidate.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
        [`eventstore:${schema}`],
      );
      if (rows[0]?.taken) return;
      const holder = await describeHolder(candidate);
      if (closing || Date.now() >= giveUpAt) {
        throw new SchemaInUseError(`another event store is running on schema "${schema}" (${holder})`);
      }
      if (Date.now() - warnedAt > 5000) {
        warnedAt = Date.now();
        log('warn', `schema "${schema}" is in use by another event store (${holder}); waiting for it to stop`);
      }
      await pause(100);
    }
  };

  const connect = async (giveUpAt: number): Promise<void> => {
    const candidate = new Client({
      connectionString: databaseUrl,
      application_name: 'eventstore writer',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    candidate.on('error', (error) => lost(candidate, error));
    candidate.on('end', () => lost(candidate, new Error('the connection was closed')));
    try {
      await candidate.connect();
      await pinSession(candidate);
      await candidate.query(`SET synchronous_commit = on; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;
        SET tcp_keepalives_count = 3`);
      await takeLock(candidate, giveUpAt);
      await migrate(candidate, schema);
      client = candidate;
      await onReady(candidate);
      if (client !== candidate) throw new StorageUnavailableError('the connection was lost again');
      ready = true;
    } catch (error) {
      if (client === candidate) client = undefined;
      candidate.end().catch(() => {});
      throw error;
    }
  };

  const recover = async (): Promise<void> => {
    for (let wait = 100; !closing; wait = Math.min(2000, wait * 2)) {
      try {
        await connect(Number.POSITIVE_INFINITY);
        log('info', 'reconnected to PostgreSQL');
        return;
      } catch (error) {
        if (closing) return;
        log('warn', `cannot reach PostgreSQL: ${(error as Error).message}; retrying`);
        await pause(wait);
      }
    }
  };

  const lost = (from: Client, error: Error): void => {
    if (from !== client) return;
    client = undefined;
    const wasReady = ready;
    ready = false;
    from.end().catch(() => {});
    if (closing || !wasReady) return;
    log('warn', `the connection to PostgreSQL was lost: ${error.message}`);
    recovering ??= recover().finally(() => {
      recovering = undefined;
    });
  };

  const giveUpAt = Date.now() + startTimeoutMs;
  for (;;) {
    try {
      await connect(giveUpAt);
      break;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      const mayPass = code === 'ECONNREFUSED' || code === 'ENOENT' || /^(57P|53|08)/.test(code);
      if (!mayPass || Date.now() >= giveUpAt) throw error;
      await pause(200);
    }
  }

  return {
    isReady: () => ready,
    async write(statement) {
      const used = client;
      if (!used || !ready) throw new StorageUnavailableError('the connection to PostgreSQL is down');
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`PostgreSQL did not answer within ${writeTimeoutMs} ms`)),
          writeTimeoutMs,
        );
      });
      try {
        const running = used.query(statement);
        running.catch(() => {});
        await Promise.race([running, late]);
      } catch (error) {
        // After any failure, memory and database may differ. A new session finds out.
        lost(used, error as Error);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      closing = true;
      ready = false;
      const last = client;
      client = undefined;
      await last?.end().catch(() => {});
      await recovering;
    },
  };
};
