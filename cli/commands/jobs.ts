import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';

export type JobRunRow = {
  job: string;
  jobRunId: string;
  result: 'running' | 'succeeded' | 'failed';
  trigger: string;
  scheduledFor: string;
  startedAt: string;
  finishedAt: string | null;
  durationMs: number | null;
  counts: Record<string, number>;
  error: string | null;
};

export function register(program: Command, context: Context): void {
  program
    .command('jobs')
    .argument('[job]', 'only this one, e.g. `property-alerts`')
    .helpGroup('Jobs:')
    .summary('what the background jobs did, newest first')
    .description(
      'Lists the runs of the background jobs (alerts, lead offers, ...), newest first: when, how long, what came of it. ' +
        'Exit code 3 when the newest run of a job failed.',
    )
    .option('--limit <number>', 'how many runs', wholeNumber(1, 10_000), 20)
    .action(async (job: string | undefined, { limit }: { limit: number }) => {
      const { sql } = await import('kysely');
      const { exitCodes } = await import('../../platform/errors.ts');
      const { withDatabase } = await import('../workspace.ts');
      const runs = await withDatabase(context, async (db) => {
        const { rows } = await sql<JobRunRow & { newest: boolean }>`
          select job, job_run_id as "jobRunId", result, trigger, scheduled_for as "scheduledFor",
            started_at as "startedAt", finished_at as "finishedAt", counts, error,
            round(extract(epoch from finished_at - started_at) * 1000)::int as "durationMs",
            job_run_id = max(job_run_id) over (partition by job) as newest
          from ops.job_run
          where ${job ?? null}::text is null or job = ${job ?? null}
          order by started_at desc
          limit ${limit}`.execute(db);
        return rows;
      });
      if (runs.some(({ newest, result }) => newest && result === 'failed')) context.exitWith(exitCodes.needsAttention);
      const { renderTable } = await import('../table.ts');
      context.print(
        runs.map(({ newest: _, ...run }) => run),
        (shown) =>
          shown.length === 0
            ? 'No job has run yet.'
            : renderTable(
                ['Job', 'Started', 'Took', 'Result', 'Counts'],
                shown.map((run) => [
                  run.job,
                  time(run.startedAt),
                  took(run.durationMs),
                  run.error ?? run.result,
                  counts(run),
                ]),
              ),
      );
    });
}

const time = (at: string | Date) => new Date(at).toISOString().replace('T', ' ').slice(0, 19);
const took = (ms: number | null) => (ms === null ? '' : ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`);
const counts = ({ counts }: JobRunRow) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`)
    .join(', ');
