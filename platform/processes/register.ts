import { randomUUID } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { hostname } from 'node:os';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { Logger } from '../logging/log.ts';
import { isRunning } from '../process-identity.ts';

/** What a process keeps running. */
export type ProcessRole = 'console' | 'jobs' | 'read models';

export type Registration = {
  /** Unregisters the process: it ends normally. */
  leave(): Promise<void>;
};

/** The heartbeat interval, in ms. */
const beatEveryMs = 10_000;

/**
 * Registers this process in `ops.process` with a heartbeat every ten seconds, so that every machine can see what is running
 * where, and which processes died. While PostgreSQL is unreachable nothing is written, and nothing fails.
 */
export const registerProcess = async (
  db: QueryExecutorProvider,
  log: Logger,
  about: {
    readonly command: string;
    readonly home: string;
    readonly roles: readonly ProcessRole[];
    readonly consoleUrl: string | null;
  },
): Promise<Registration> => {
  const processId = randomUUID();
  let clockAheadMs = 0;

  const beat = async (): Promise<void> => {
    const asked = Date.now();
    const { rows } = await sql<{ at: Date }>`
      insert into ops.process
        (process_id, host, pid, command, roles, console_url, home, clock_ahead_ms, disk_free_bytes)
      values (${processId}, ${hostname()}, ${process.pid}, ${about.command}, ${about.roles}, ${about.consoleUrl},
        ${about.home}, ${clockAheadMs}, ${freeBytes(about.home)})
      on conflict (process_id) do update set beat_at = clock_timestamp(),
        clock_ahead_ms = excluded.clock_ahead_ms, disk_free_bytes = excluded.disk_free_bytes
      returning clock_timestamp() as at`.execute(db);
    // The database's clock against the midpoint of the round trip; stored with the next heartbeat.
    clockAheadMs = (asked + Date.now()) / 2 - rows[0]!.at.getTime();
  };

  await forgetTheDead(db);
  await beat();
  if (Math.abs(clockAheadMs) > 1_000) await beat();
  let underWay: Promise<void> | null = null;
  const timer = setInterval(() => {
    underWay ??= beat()
      .catch((error: unknown) => log.warn({ err: error }, 'could not write the heartbeat to ops.process'))
      .finally(() => {
        underWay = null;
      });
  }, beatEveryMs);
  timer.unref();
  return {
    async leave() {
      clearInterval(timer);
      await underWay;
      await sql`delete from ops.process where process_id = ${processId}`.execute(db).catch(() => {});
    },
  };
};

/** Removes this machine's processes that were killed, and any that have been silent for a week. */
const forgetTheDead = async (db: QueryExecutorProvider): Promise<void> => {
  const { rows } = await sql<{ process_id: string; pid: number }>`
    select process_id, pid from ops.process where host = ${hostname()}`.execute(db);
  const dead = rows.filter(({ pid }) => !isRunning(pid)).map(({ process_id }) => process_id);
  await sql`
    delete from ops.process
    where process_id = any (${dead}::uuid[]) or beat_at < clock_timestamp() - interval '7 days'`.execute(db);
};

/** The free space on a folder's disk, in bytes; `null` when it cannot be determined. */
export const freeBytes = (folder: string): number | null => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
};
