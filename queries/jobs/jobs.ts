import { type Kysely, sql } from 'kysely';
import { typed } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';
import type { NextRun } from './job-slots.ts';

/** A background job: its last run, and when it runs next. */
export type JobStatus = {
  readonly job: string;
  readonly lastRun: JobRun | null;
  /**
   * All its runs of the last 24 hours together, since a job that runs every few seconds mostly finds nothing to do.
   * Repeated failures count at the time of the latest one.
   */
  readonly lastDay: {
    readonly runs: number;
    readonly failed: number;
    readonly counts: Readonly<Record<string, number>>;
  };
  readonly nextRunAt: Date | null;
};

/** A run as a list shows it. */
export type JobRun = {
  readonly job: string;
  readonly jobRunId: string;
  /** `interrupted`: someone stopped its process, and the next run does what it left undone. */
  readonly result: 'running' | 'succeeded' | 'failed' | 'interrupted';
  readonly trigger: string;
  readonly scheduledFor: Date;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly durationMs: number | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly error: string | null;
  /** How many scheduled runs in a row failed in this way, and since when; only the latest of them has a row. */
  readonly failures: number;
  readonly failingSince: Date | null;
  /** Whether this is its job's latest run. */
  readonly newest: boolean;
};

/**
 * Runs, newest first: the newest of every job, and the newest `limit` of all.
 *
 * @param job only runs of this job
 * @param idle whether runs that found nothing to do count among the newest
 */
export const readJobRuns = async (
  db: Kysely<unknown>,
  { job, limit, idle = true }: { readonly job?: string | undefined; readonly limit: number; readonly idle?: boolean },
): Promise<readonly JobRun[]> => {
  const runs = typed(db).selectFrom('ops.jobRun');
  const wanted = job === undefined ? runs : runs.where('job', '=', job);
  const newestOfEach = runs.select(({ fn }) => fn.max('jobRunId').as('id')).groupBy('job');
  const worthShowing = idle ? wanted : wanted.where(didSomething);
  const newest = worthShowing.select('jobRunId').orderBy('startedAt', 'desc').limit(limit);
  const query = wanted
    .select([
      'job',
      'jobRunId',
      'result',
      'trigger',
      'scheduledFor',
      'startedAt',
      'finishedAt',
      'counts',
      'error',
      'failures',
      'failingSince',
    ])
    .select((eb) => eb('jobRunId', 'in', newestOfEach).as('newest'))
    .$narrowType<{ result: JobRun['result']; counts: JobRun['counts']; newest: boolean }>()
    .where((eb) => eb.or([eb('jobRunId', 'in', newestOfEach), eb('jobRunId', 'in', newest)]))
    .orderBy('startedAt', 'desc');
  const rows = await ifThere(query.execute(), []);
  return rows.map((run) => ({
    ...run,
    durationMs: run.finishedAt === null ? null : run.finishedAt.getTime() - run.startedAt.getTime(),
  }));
};

const didSomething = sql<boolean>`(result <> 'succeeded' or exists (
  select from jsonb_each(counts) as count (name, value) where value <> '0'))`;

/** Every job that has run or is scheduled, by name. */
export const readJobs = async (
  db: Kysely<unknown>,
  nextRuns: readonly NextRun[] = [],
): Promise<readonly JobStatus[]> => {
  // One after the other, because `db` may be a single connection.
  const runs = await readJobRuns(db, { limit: 0 });
  const day = await readLastDay(db);
  const names = [...new Set([...runs, ...nextRuns].map(({ job }) => job))].sort();
  return names.map((job) => ({
    job,
    lastRun: runs.find((run) => run.job === job) ?? null,
    lastDay: day.get(job) ?? { runs: 0, failed: 0, counts: {} },
    nextRunAt: nextRuns.find((next) => next.job === job)?.nextRunAt ?? null,
  }));
};

const readLastDay = async (db: Kysely<unknown>): Promise<ReadonlyMap<string, JobStatus['lastDay']>> => {
  const { rows } = await ifThere(
    sql<{ job: string; runs: number; failed: number; counts: Record<string, number> }>`
      with day as (select job, result, counts, failures from ops.job_run where started_at > clock_timestamp() - interval '1 day'),
        summed as (
          select job, name, sum(value::numeric)::float8 as total
          from day cross join lateral jsonb_each_text(counts) as each(name, value)
          where jsonb_typeof(counts -> name) = 'number'
          group by job, name
        )
      select job, sum(greatest(failures, 1))::float8 as runs,
        (coalesce(sum(greatest(failures, 1)) filter (where result = 'failed'), 0))::float8 as failed,
        coalesce((select jsonb_object_agg(name, total) from summed where summed.job = day.job), '{}') as counts
      from day group by job`.execute(db),
    { rows: [] },
  );
  return new Map(rows.map(({ job, ...lastDay }) => [job, lastDay]));
};
