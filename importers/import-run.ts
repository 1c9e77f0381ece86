import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { AnyDatabase } from './database.ts';
import type { ImportSummary } from './summarise.ts';

/** Any fixed number: who imports holds the advisory lock of this name. */
const importLock = 0x696d706f; // "impo"

/**
 * Runs `work` while no other import runs on this database; waits for one that does. The lock is the connection's: it is free as
 * soon as its holder is gone, however it went.
 * @param onWait told once when there is somebody to wait for
 */
export const withImportLock = async <T>(
  db: AnyDatabase,
  signal: AbortSignal,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> =>
  await db.connection().execute(async (connection) => {
    for (let told = false; ; told = true) {
      const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_lock(${importLock}) as taken`.execute(
        connection,
      );
      if (rows[0]?.taken === true) break;
      if (!told) onWait();
      await sleep(300, undefined, { signal });
    }
    try {
      return await work();
    } finally {
      // Fails only when the connection is gone, and the lock with it.
      await sql`select pg_advisory_unlock(${importLock})`.execute(connection).catch(() => {});
    }
  });

/** Enters a run; runs that were killed are closed. @returns its id */
export const beginRun = async (db: AnyDatabase, source: string, now: Date, from: bigint | null): Promise<string> => {
  await sql`
    update ops.import_run set result = 'failed', finished_at = ${now}::timestamptz,
      problems = problems || '[{"code": "killed", "message": "the process ended without a word"}]'::jsonb
    where result = 'running'`.execute(db);
  // What it left to be applied may have been appended: to be looked at before it is appended again.
  await sql`update ops.import_pending set suspect = true where not suspect`.execute(db);
  const { rows } = await sql<{ import_run_id: string }>`
    insert into ops.import_run (source, started_at, position_from)
    values (${source}, ${now}::timestamptz, ${from === null ? null : String(from)}::numeric)
    returning import_run_id`.execute(db);
  return rows[0]!.import_run_id;
};

export type RunEnd = {
  readonly result: 'succeeded' | 'failed' | 'interrupted';
  readonly events: number;
  readonly counts: ImportSummary['collections'];
  readonly problems: readonly object[];
  readonly positionTo: string | null;
};

export const endRun = async (db: AnyDatabase, runId: string, now: Date, end: RunEnd): Promise<void> => {
  await sql`
    update ops.import_run set result = ${end.result}, finished_at = ${now}::timestamptz, events = ${end.events},
      counts = ${JSON.stringify(end.counts)}::jsonb, problems = ${JSON.stringify(end.problems)}::jsonb,
      position_to = ${end.positionTo}::numeric
    where import_run_id = ${runId}::bigint`.execute(db);
};
