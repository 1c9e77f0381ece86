import { sql } from 'kysely';
import { pruneMemory } from './alerts/prune-memory.ts';
import type { JobDeps } from './deps.ts';
import { pruningJob } from './job-names.ts';
import { type JobOutcome, type Occasion, runJob } from './job-run.ts';

/**
 * Takes away runs that nobody will ask for again: those that found nothing to do after a day, all others after a year. The
 * newest run of each job stays, and so does every failed one for that year. Likewise what buyers were told of homes that
 * are long gone (`pruneMemory`).
 */
export const pruneRuns = async (
  deps: JobDeps,
  occasion: Occasion,
): Promise<JobOutcome<{ readonly counts: { readonly runs: number; readonly memories: number } }>> =>
  await runJob(deps, pruningJob, occasion, async ({ db }) => {
    const { numAffectedRows } = await sql`
      delete from ops.job_run as run
      where finished_at < clock_timestamp() - interval '1 day'
        and job_run_id < (select max(job_run_id) from ops.job_run where job = run.job)
        and (
          finished_at < clock_timestamp() - interval '1 year'
          or (
            result = 'succeeded'
            and not exists (
              select from jsonb_each(counts) as count (name, value)
              -- what is still waiting was waiting before
              where name <> all (array['waiting', 'held', 'history', 'leads', 'nobodyFits']) and value <> '0'
            )
          )
        )`.execute(db);
    return { counts: { runs: Number(numAffectedRows ?? 0n), memories: await pruneMemory(db, deps.clock.now()) } };
  });
