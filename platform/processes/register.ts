import { randomUUID } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { hostname } from 'node:os';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { Logger } from '../log.ts';
import { isRunning } from '../process-identity.ts';

/** What a process keeps going. */
export type ProcessRole = 'console' | 'jobs' | 'read models';

export type Registration = {
  /** Takes the process off the list: it ends as it should. */
  leave(): Promise<void>;
};

/** How often a process gives a sign of life, in ms. */
export const beatEveryMs = 10_000;

/**
 * Enters this process in `ops.process`, and gives a sign of life there every ten seconds, so that one sees from any machine
 * who runs what, and who stopped without saying so. While PostgreSQL is away nothing is written, and nothing fails.
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
    // Half way between question and answer; written down with the next beat.
    clockAheadMs = (asked + Date.now()) / 2 - rows[0]!.at.getTime();
  };

  await forgetTheDead(db);
  await beat();
  if (Math.abs(clockAheadMs) > 1_000) await beat();
  let underWay: Promise<void> | null = null;
  const timer = setInterval(() => {
    underWay ??= beat()
      .catch((error: unknown) => log.warn({ err: error }, 'no sign of life could be written to ops.process'))
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

/** Processes of this machine that were killed, now that one starts again, and whoever has been silent for a week. */
const forgetTheDead = async (db: QueryExecutorProvider): Promise<void> => {
  const { rows } = await sql<{ process_id: string; pid: number }>`
    select process_id, pid from ops.process where host = ${hostname()}`.execute(db);
  const dead = rows.filter(({ pid }) => !isRunning(pid)).map(({ process_id }) => process_id);
  await sql`
    delete from ops.process
    where process_id = any (${dead}::uuid[]) or beat_at < clock_timestamp() - interval '7 days'`.execute(db);
};

/** What is free on the disk of a folder; `null` when that cannot be told. */
export const freeBytes = (folder: string): number | null => {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
};
