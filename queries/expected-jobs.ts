import { Cron } from 'croner';
import { alertJob, leadMatchingJob, pruningJob } from '../schedulers/job-names.ts';
import { usualSchedules } from '../schedulers/start-schedulers.ts';

/** A job that `openhouse start` runs, and how long a run of it may take before somebody should look, in ms. */
export type ExpectedJob = { readonly job: string; readonly pattern: string; readonly timeLimitMs: number };

export const expectedJobs: readonly ExpectedJob[] = [
  { job: alertJob, pattern: usualSchedules.alerts, timeLimitMs: 10 * 60_000 },
  { job: leadMatchingJob, pattern: usualSchedules.leadOffers, timeLimitMs: 2 * 60_000 },
  { job: pruningJob, pattern: usualSchedules.pruning, timeLimitMs: 10 * 60_000 },
];

const cron = (pattern: string, timeZone: string) => new Cron(pattern, { timezone: timeZone, paused: true });

/** The newest slot of a schedule that was due by then; `null` when there is none. @param timeZone the brokerage's */
export const newestSlot = ({ pattern }: ExpectedJob, timeZone: string, by: Date): Date | null =>
  cron(pattern, timeZone).previousRuns(1, by)[0] ?? null;

/** When a job runs next. */
export type NextRun = { readonly job: string; readonly nextRunAt: Date };

/** When the jobs of `openhouse start` run next, by their schedules. @param timeZone the brokerage's */
export const nextRuns = (now: Date, timeZone: string): readonly NextRun[] =>
  expectedJobs.flatMap(({ job, pattern }) => {
    const nextRunAt = cron(pattern, timeZone).nextRun(now);
    return nextRunAt === null ? [] : [{ job, nextRunAt }];
  });
