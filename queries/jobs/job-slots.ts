import { Cron } from 'croner';
import type { Job } from '../../schedulers/define-job.ts';
import { jobs } from '../../schedulers/jobs.ts';

const cron = (pattern: string, timeZone: string) => new Cron(pattern, { timezone: timeZone, paused: true });

/** The latest slot of a schedule that was due by then; `null` if there is none. @param timeZone the brokerage's */
export const newestSlot = ({ schedule }: Pick<Job, 'schedule'>, timeZone: string, by: Date): Date | null =>
  cron(schedule, timeZone).previousRuns(1, by)[0] ?? null;

/** When a job runs next. */
export type NextRun = { readonly job: string; readonly nextRunAt: Date };

/** When the jobs of `openhouse start` run next, by their schedules. @param timeZone the brokerage's */
export const nextRuns = (now: Date, timeZone: string): readonly NextRun[] =>
  jobs.flatMap(({ name, schedule }) => {
    const nextRunAt = cron(schedule, timeZone).nextRun(now);
    return nextRunAt === null ? [] : [{ job: name, nextRunAt }];
  });
