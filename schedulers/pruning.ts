import { sql } from 'kysely';
import { pruneMemory } from './alerts/matching/prune-memory.ts';
import { defineJob, done } from './define-job.ts';
import type { JobDeps } from './deps.ts';

/**
 * Removes runs that no one will ask for again: those that found nothing to do after a day, all others after a year. The newest
 * run of each job stays, and so does every failed one for that year. Also forgets what buyers were told of homes that are long
 * gone (`pruneMemory`).
 */
export const pruning = defineJob({
  name: 'pruning',
  label: 'Clean-up',
  schedule: '0 30 3 * * *',
  timeLimitMs: 10 * 60_000,
  counts: {
    runs: done('old runs removed'),
    memories: done('homes long gone that buyers were told of, forgotten'),
  },
  run: async ({ db, clock }: JobDeps) => {
    const { numAffectedRows } = await sql`
      delete from ops.job_run as run
      where finished_at < clock_timestamp() - case when idle_yn then interval '1 day' else interval '1 year' end
        and job_run_id < (select max(job_run_id) from ops.job_run where job = run.job)`.execute(db);
    return { counts: { runs: Number(numAffectedRows ?? 0n), memories: await pruneMemory(db, clock.now()) } };
  },
});
