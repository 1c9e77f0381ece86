import type { JobRun } from '../define-job.ts';
import type { SchedulerDeps } from '../deps.ts';

/** What one run of lead matching works with. It appends only while it holds its lease. */
export type PassDeps = Omit<SchedulerDeps, 'baseUrl'> & JobRun;
