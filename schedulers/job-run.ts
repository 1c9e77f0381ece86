import { hostname } from 'node:os';
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { errorMessage } from '../platform/errors.ts';
import type { Lease } from '../platform/lease/lease.ts';
import { withLease } from '../platform/lease/with-lease.ts';
import type { JobDeps } from './deps.ts';

export type Counts = Readonly<Record<string, number>>;

/** Why a job runs: a slot of its schedule, or because somebody asked for it. */
export type Occasion = { readonly scheduledFor: Date; readonly trigger: 'schedule' | 'person' };

/** What a job works with while it runs. */
export type JobRun = {
  readonly jobRunId: string;
  /** The database, through which nothing is written once another process has taken the job over. */
  readonly db: Kysely<unknown>;
  /** Aborts when the job has to stop, also because another process has taken it over. */
  readonly signal: AbortSignal;
  readonly lease: Lease;
};

export type JobOutcome<Result> =
  | { readonly ran: true; readonly jobRunId: string; readonly result: Result; readonly durationMs: number }
  /** Another process runs it right now, or this slot has been run. */
  | { readonly ran: false; readonly because: 'busy' | 'done'; readonly holder: string | null };

/**
 * Runs a job once for an occasion, and puts it on record in `ops.job_run` with counts, duration and result, a failed run
 * too. One run of a job at a time: who comes second is told so. Runs whose process died are closed as failed.
 *
 * @param work gets what it has to use in place of its own `db` and `signal`
 * @throws what `work` threw, after the run is on record as failed
 */
export const runJob = async <Result extends { readonly counts: Counts; readonly report?: object }>(
  deps: JobDeps,
  job: string,
  occasion: Occasion,
  work: (run: JobRun) => Promise<Result>,
): Promise<JobOutcome<Result>> => {
  const { log } = deps;
  const started = performance.now();
  const holder = `${hostname()}:${process.pid}`;
  const held = await withLease(deps.db, leaseOf(job), { holder, lastsMs }, async ({ lease, db }) => {
    await closeAbandoned(db, job, lease);
    const jobRunId = await begin(db, job, occasion, lease);
    if (jobRunId === null) return null;
    try {
      const signal = AbortSignal.any([lease.lost, ...(deps.signal === undefined ? [] : [deps.signal])]);
      const result = await work({ db, signal, lease, jobRunId });
      lease.lost.throwIfAborted();
      await finish(db, jobRunId, result, null);
      return { ran: true as const, jobRunId, result, durationMs: Math.round(performance.now() - started) };
    } catch (error) {
      log.error({ err: error, job, jobRunId }, 'job failed');
      deps.errors?.report(error, { job });
      // When PostgreSQL is away, or the lease another's, the next run closes this one as abandoned.
      await finish(db, jobRunId, { counts: {} }, error).catch(() => {});
      throw error;
    }
  });
  if (!held.held) return { ran: false, because: 'busy', holder: held.holder };
  return held.result ?? { ran: false, because: 'done', holder: null };
};

/** The lease of a job. */
const leaseOf = (job: string): string => `job/${job}`;

/** How long a job's process may be frozen before another takes the job over, in ms. */
const lastsMs = 10_000;

const closeAbandoned = async (db: QueryExecutorProvider, job: string, lease: Lease) => {
  await sql`
    update ops.job_run
    set result = 'failed', finished_at = clock_timestamp(), error = 'its process ended in the middle of it'
    where job = ${job} and result = 'running' and lease_token < ${lease.token}`.execute(db);
};

const begin = async (db: QueryExecutorProvider, job: string, { scheduledFor, trigger }: Occasion, lease: Lease) => {
  const { rows } = await sql<{ job_run_id: string }>`
    insert into ops.job_run (job, scheduled_for, trigger, lease_token)
    values (${job}, ${scheduledFor}, ${trigger}, ${lease.token})
    on conflict (job, scheduled_for) do nothing
    returning job_run_id`.execute(db);
  return rows[0]?.job_run_id ?? null;
};

const finish = async (
  db: QueryExecutorProvider,
  jobRunId: string,
  { counts, report }: { readonly counts: Counts; readonly report?: object },
  error: unknown,
) => {
  const told = error === null ? null : errorMessage(error);
  await sql`
    update ops.job_run
    set finished_at = clock_timestamp(), result = ${error === null ? 'succeeded' : 'failed'},
        counts = ${JSON.stringify(counts)}::jsonb, error = ${told},
        report = ${report === undefined ? null : JSON.stringify(report)}::jsonb
    where job_run_id = ${jobRunId}`.execute(db);
};
