import type { Command } from 'commander';
import { formatTime } from '../../../platform/wording/shown-time.ts';
import type { JobRun } from '../../../queries/jobs/jobs.ts';
import { wholeNumber } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { number } from '../../output/words.ts';

export function register(program: Command, context: Context): void {
  program
    .command('jobs')
    .argument('[job]', 'only this one, by its name, e.g. alerts or "Property alerts"')
    .helpGroup('Jobs:')
    .summary('what the background jobs did, newest first')
    .description(
      'Lists the runs of the background jobs, newest first: when, how long, the result, and counts. The ' +
        'latest run of every job is always included, however often others ran. Runs that found nothing to do are left out ' +
        'unless --all or --json is given. Exits with 3 when the latest run of a job failed.',
    )
    .option('--limit <number>', 'how many runs, in addition to the latest of each job', wholeNumber(1, 10_000), 20)
    .option('--all', 'also show runs that found nothing to do')
    .addHelpText('after', '\nExamples:\n  openhouse jobs\n  openhouse jobs alerts --limit 5 --json')
    .action(async (given: string | undefined, { limit, all = context.json() }: { limit: number; all?: boolean }) => {
      const { exitCodes, userError } = await import('../../../platform/errors.ts');
      const { jobs } = await import('../../../schedulers/jobs.ts');
      const called = given?.trim().toLowerCase();
      const job = jobs.find(({ name, label }) => name === called || label.toLowerCase() === called)?.name;
      if (given !== undefined && job === undefined)
        throw userError(`there is no job "${given}"`, {
          code: 'job-unknown',
          hint: `The jobs are: ${jobs.map(({ name, label }) => `${name} (${label})`).join(', ')}.`,
          exitCode: exitCodes.usage,
        });
      const { withDatabase } = await import('../../workspace.ts');
      const { readJobRuns } = await import('../../../queries/jobs/jobs.ts');
      const { countsInWords, jobLabel } = await import('../../../queries/jobs/job-words.ts');
      const { readFollowing } = await import('../../../queries/importing/following.ts');
      const { followingInWords } = await import('../../../queries/importing/following-words.ts');
      const { mongoUrl, timeZone: zone } = context.config();
      const { runs, following } = await withDatabase(context, async (db) => ({
        runs: await readJobRuns(db, { job, limit, idle: all }),
        following: await readFollowing(db, { now: new Date(), mongoUrl }),
      }));
      const { followLegacy } = await import('../../../schedulers/old-crm/follow-legacy.ts');
      const isFollowing = (run: JobRun) => following !== null && run.newest && run.job === followLegacy.name;
      if (runs.some(({ newest, result }) => newest && result === 'failed')) context.exitWith(exitCodes.needsAttention);
      const { renderTable } = await import('../../output/table.ts');
      context.print(
        runs.map((run) => {
          const { newest: _, ...shown } = run;
          return isFollowing(run) ? { ...shown, following } : shown;
        }),
        (shown) =>
          shown.length === 0
            ? `${job === undefined ? 'No job has' : `The job “${jobLabel(job)}” has not`} run yet.`
            : `${renderTable(
                ['Job', 'Started', 'Took', 'Result', 'Counts'],
                shown.map((run) => [
                  jobLabel(run.job),
                  formatTime(run.startedAt.toISOString(), zone),
                  took(run.durationMs),
                  outcome(run, zone),
                  countsInWords(run.job, run.counts)
                    .filter(({ count }) => count > 0)
                    .map(({ count, text }) => `${number(count)} ${text}`)
                    .join(', ') || (run.result === 'succeeded' ? 'nothing to do' : ''),
                ]),
              )}${runs.some(isFollowing) ? `\nThe old CRM, ${following!.source}: ${followingInWords(following!, zone)}.` : ''}`,
      );
    });
}

const outcome = ({ result, error, failures, failingSince }: Omit<JobRun, 'newest'>, zone: string) =>
  error === null
    ? result
    : failures > 1 && failingSince !== null
      ? `${error} (${number(failures)} times since ${formatTime(failingSince.toISOString(), zone)})`
      : error;
const took = (ms: number | null) => (ms === null ? '' : ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`);
