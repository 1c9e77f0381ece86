import { type QueryExecutorProvider, sql } from 'kysely';
import { ifThere } from './if-there.ts';

/** When a job runs next. */
export type NextRun = { readonly job: string; readonly nextRunAt: Date };

/** A background job: its last run, and when it runs next. */
export type JobStatus = {
  readonly job: string;
  readonly lastRun: {
    readonly jobRunId: string;
    readonly startedAt: Date;
    readonly durationMs: number | null;
    readonly result: 'running' | 'succeeded' | 'failed';
    readonly counts: Readonly<Record<string, number>>;
    readonly error: string | null;
  } | null;
  /** All its runs of the last 24 hours together; a job that runs every few seconds mostly finds nothing to do. */
  readonly lastDay: {
    readonly runs: number;
    readonly failed: number;
    readonly counts: Readonly<Record<string, number>>;
  };
  readonly nextRunAt: Date | null;
};

/** Every job that ran once or is to run, by name. */
export const readJobs = async (
  db: QueryExecutorProvider,
  nextRuns: readonly NextRun[] = [],
): Promise<readonly JobStatus[]> => {
  const { rows } = await ifThere(
    sql<{
      job: string;
      job_run_id: string;
      started_at: Date;
      duration_ms: number | null;
      result: 'running' | 'succeeded' | 'failed';
      counts: Record<string, number>;
      error: string | null;
    }>`
      select distinct on (job) job, job_run_id, started_at, result, counts, error,
        round(extract(epoch from finished_at - started_at) * 1000)::float8 as duration_ms
      from ops.job_run order by job, scheduled_for desc`.execute(db),
    { rows: [] },
  );
  const day = await readLastDay(db);
  const names = [...new Set([...rows.map(({ job }) => job), ...nextRuns.map(({ job }) => job)])].sort();
  return names.map((job) => {
    const row = rows.find((run) => run.job === job);
    return {
      job,
      lastRun:
        row === undefined
          ? null
          : {
              jobRunId: row.job_run_id,
              startedAt: row.started_at,
              durationMs: row.duration_ms,
              result: row.result,
              counts: row.counts,
              error: row.error,
            },
      lastDay: day.get(job) ?? { runs: 0, failed: 0, counts: {} },
      nextRunAt: nextRuns.find((next) => next.job === job)?.nextRunAt ?? null,
    };
  });
};

const readLastDay = async (db: QueryExecutorProvider): Promise<ReadonlyMap<string, JobStatus['lastDay']>> => {
  const { rows } = await ifThere(
    sql<{ job: string; runs: number; failed: number; counts: Record<string, number> }>`
      with day as (select job, result, counts from ops.job_run where started_at > clock_timestamp() - interval '1 day'),
        summed as (
          select job, name, sum(value::numeric)::float8 as total
          from day cross join lateral jsonb_each_text(counts) as each(name, value)
          where jsonb_typeof(counts -> name) = 'number'
          group by job, name
        )
      select job, count(*)::float8 as runs, (count(*) filter (where result = 'failed'))::float8 as failed,
        coalesce((select jsonb_object_agg(name, total) from summed where summed.job = day.job), '{}') as counts
      from day group by job`.execute(db),
    { rows: [] },
  );
  return new Map(rows.map(({ job, ...lastDay }) => [job, lastDay]));
};
