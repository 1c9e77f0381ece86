import { sql } from 'kysely';
import { pruneReports } from '../../delivery/reports/prune.ts';
import { pruneSlack } from '../../delivery/slack/prune.ts';
import { pruneMemory } from '../alerts/matching/prune-memory.ts';
import { defineJob, done } from '../define-job.ts';
import type { JobDeps } from '../deps.ts';

/**
 * Removes runs that are no longer of interest: those that did nothing after a day, all others after a year. The latest
 * run of each job is kept. Also removes the memory of homes that left the market long ago (`pruneMemory`), and what is
 * known of who opened and clicked what in e-mails (`pruneReports`).
 */
export const pruning = defineJob({
  name: 'pruning',
  label: 'Clean-up',
  schedule: '0 30 3 * * *',
  timeLimitMs: 10 * 60_000,
  counts: {
    runs: done('old runs removed', 'old run removed'),
    memories: done(
      'old entries removed from the memory of what was sent',
      'old entry removed from the memory of what was sent',
    ),
    slackRequests: done('handled requests of Slack removed', 'handled request of Slack removed'),
    postmarkReports: done('old reports of Postmark removed', 'old report of Postmark removed'),
    opens: done(
      'e-mails whose opens and clicks were removed after 90 days',
      'e-mail whose opens and clicks were removed after 90 days',
    ),
  },
  run: async ({ db, clock }: JobDeps) => {
    const { numAffectedRows } = await sql`
      delete from ops.job_run as run
      where finished_at < clock_timestamp() - case when idle_yn then interval '1 day' else interval '1 year' end
        and job_run_id < (select max(job_run_id) from ops.job_run where job = run.job)`.execute(db);
    const memories = await pruneMemory(db, clock.now());
    const slackRequests = await pruneSlack(db);
    const { reports: postmarkReports, opens } = await pruneReports(db);
    return { counts: { runs: Number(numAffectedRows ?? 0n), memories, slackRequests, postmarkReports, opens } };
  },
});
