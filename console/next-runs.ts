import { Cron } from 'croner';
import type { NextRun } from '../queries/jobs.ts';
import { alertJob, leadMatchingJob } from '../schedulers/job-names.ts';
import { usualSchedules } from '../schedulers/start-schedulers.ts';

/** When the jobs of `openhouse start` run next, by their schedules. @param timeZone the brokerage's */
export const nextRuns = (now: Date, timeZone: string): readonly NextRun[] =>
  [
    { job: alertJob, pattern: usualSchedules.alerts },
    { job: leadMatchingJob, pattern: usualSchedules.leadOffers },
  ].flatMap(({ job, pattern }) => {
    const nextRunAt = new Cron(pattern, { timezone: timeZone, paused: true }).nextRun(now);
    return nextRunAt === null ? [] : [{ job, nextRunAt }];
  });
