import { hostname } from 'node:os';
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { errorMessage } from '../../platform/errors.ts';
import type { Lease } from '../../platform/lease/lease.ts';
import { withLease } from '../../platform/lease/with-lease.ts';
import { typed } from '../../tables/database.ts';
import type { Count, Counts, Job, JobResult } from '../define-job.ts';
import type { JobDeps } from '../deps.ts';

/** Why a job runs: for a slot of its schedule, because of an event, or because someone asked for it. */
export type Occasion = { readonly scheduledFor: Date; readonly trigger: 'schedule' | 'event' | 'person' };

export type JobOutcome<Result> =
  | { readonly ran: true; readonly jobRunId: string; readonly result: Result; readonly durationMs: number }
  /** Another process is running it at this moment, or this slot has already been run. */
  | { readonly ran: false; readonly because: 'busy' | 'done'; readonly holder: string | null };

/**
 * Runs a job once for an occasion, and records it in `ops.job_run` with counts, duration and result, even if it fails, or is interrupted
 * because someone stops this process. A job runs in one process at a time; a second one finds it busy. Runs whose process died are closed as failed.
 *
 * @param occasion default: a person asks for it now
 * @throws whatever the job threw, after the run is recorded as failed or interrupted
 */
export const runJob = async <Deps extends JobDeps, Result extends JobResult>(
  job: Pick<Job<Deps, Result>, 'name' | 'counts' | 'run'>,
  deps: Deps,
  occasion: Occasion = { scheduledFor: deps.clock.now(), trigger: 'person' },
): Promise<JobOutcome<Result>> => {
  const { log } = deps;
  const started = performance.now();
  const holder = `${hostname()}:${process.pid}`;
  const held = await withLease(deps.db, leaseOf(job.name), { holder, lastsMs }, async ({ lease, db }) => {
    const jobRunId = await db.transaction().execute(async (transaction) => {
      await closeAbandoned(transaction, job.name, lease);
      return await begin(transaction, job.name, occasion, lease);
    });
    if (jobRunId === null) return null;
    try {
      const signal = AbortSignal.any([lease.lost, ...(deps.signal === undefined ? [] : [deps.signal])]);
      const result = await job.run({ ...deps, db, signal, lease, jobRunId, job: job.name });
      lease.lost.throwIfAborted();
      await succeed(db, jobRunId, result, isIdle(job.counts, result.counts));
      return { ran: true as const, jobRunId, result, durationMs: Math.round(performance.now() - started) };
    } catch (error) {
      if (deps.signal?.aborted && !lease.lost.aborted) {
        await interrupt(db, jobRunId).catch(() => {}); // PostgreSQL may be stopping, too
        log.info(
          { job: job.name, jobRunId, reason: errorMessage(error) },
          'job interrupted: someone stopped this process',
        );
        throw error;
      }
      // If PostgreSQL is unavailable or the lease is lost, the next run closes this one as abandoned.
      const failures = await fail(db, jobRunId, job.name, error).catch(() => 1);
      if (failures === 1) {
        log.error({ err: error, job: job.name, jobRunId }, 'job failed');
        deps.errors?.report(error, { job: job.name });
      } else {
        log.warn({ job: job.name, jobRunId, failures }, `job failed again: ${errorMessage(error)}`);
      }
      throw error;
    }
  });
  if (!held.held) return { ran: false, because: 'busy', holder: held.holder };
  return held.result ?? { ran: false, because: 'done', holder: null };
};

/** The lease of a job. */
const leaseOf = (job: string): string => `job/${job}`;

/** How long a job's process may be unresponsive before another one takes the job over, in ms. */
const lastsMs = 10_000;

const now = sql<Date>`clock_timestamp()`;

const closeAbandoned = async (db: Kysely<unknown>, job: string, lease: Lease) => {
  await typed(db)
    .updateTable('ops.jobRun')
    .set(({ ref }) => ({
      result: 'failed',
      finishedAt: now,
      error: 'its process ended in the middle of it',
      failures: 1,
      failingSince: ref('startedAt'),
    }))
    .where('job', '=', job)
    .where('result', '=', 'running')
    .where('leaseToken', '<', String(lease.token))
    .execute();
};

/** A run of the same slot that was interrupted begins again. @returns `null` if this slot of the schedule has another run already */
const begin = async (db: Kysely<unknown>, job: string, { scheduledFor, trigger }: Occasion, lease: Lease) => {
  const run = await typed(db)
    .insertInto('ops.jobRun')
    .values({ job, scheduledFor, trigger, leaseToken: lease.token })
    .onConflict((conflict) =>
      conflict
        .columns(['job', 'scheduledFor'])
        .doUpdateSet({ result: 'running', trigger, leaseToken: lease.token, startedAt: now, finishedAt: null })
        .where('ops.jobRun.result', '=', 'interrupted'),
    )
    .returning('jobRunId')
    .executeTakeFirst();
  return run?.jobRunId ?? null;
};

const succeed = async (db: Kysely<unknown>, jobRunId: string, result: JobResult, idle: boolean) => {
  const report = result.report === undefined ? null : JSON.stringify(result.report);
  await typed(db)
    .updateTable('ops.jobRun')
    .set({ finishedAt: now, result: 'succeeded', counts: JSON.stringify(result.counts), report, idleYN: idle })
    .where('jobRunId', '=', jobRunId)
    .execute();
};

/** Nothing is wrong with the job: its slot is run again as soon as there is a process to run it. */
const interrupt = async (db: Kysely<unknown>, jobRunId: string) => {
  await typed(db)
    .updateTable('ops.jobRun')
    .set({ finishedAt: now, result: 'interrupted' })
    .where('jobRunId', '=', jobRunId)
    .execute();
};

/**
 * Records that a run failed. A scheduled run that fails like the previous one (apart from numbers in the message)
 * replaces it, so that a job that runs every few seconds has one row for as long as the same thing is wrong.
 *
 * @returns how many times in a row it has failed like this
 */
const fail = async (db: QueryExecutorProvider, jobRunId: string, job: string, error: unknown): Promise<number> => {
  const message = errorMessage(error);
  const { rows } = await sql<{ failures: number }>`
    with this as (select trigger from ops.job_run where job_run_id = ${jobRunId}),
      repeated as (
        delete from ops.job_run
        where job_run_id = (select max(job_run_id) from ops.job_run where job = ${job} and job_run_id < ${jobRunId})
          and result = 'failed' and trigger <> 'person' and (select trigger from this) <> 'person'
          and regexp_replace(error, '[0-9]+', '0', 'g') = regexp_replace(${message}::text, '[0-9]+', '0', 'g')
        returning failures, failing_since
      )
    update ops.job_run
    set finished_at = clock_timestamp(), result = 'failed', error = ${message},
      failures = 1 + coalesce((select failures from repeated), 0),
      failing_since = coalesce((select failing_since from repeated), started_at)
    where job_run_id = ${jobRunId}
    returning failures`.execute(db);
  return rows[0]?.failures ?? 1;
};

/** Whether a run did nothing. Standing counts do not matter, because they may have been the same before. */
const isIdle = (definitions: Readonly<Record<string, Count | undefined>>, counts: Counts): boolean =>
  Object.entries(counts).every(([name, count]) => count === 0 || definitions[name]?.kind === 'standing');
