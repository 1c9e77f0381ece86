import { type QueryExecutorProvider, sql } from 'kysely';
import type { NextRun } from '../deps.ts';
import { ifThere } from '../if-there.ts';

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
      nextRunAt: nextRuns.find((next) => next.job === job)?.nextRunAt ?? null,
    };
  });
};
