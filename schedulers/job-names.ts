/** What the jobs are called: in `ops.job_run`, in logs, on screens. */
export const alertJob = 'alerts';
export const leadMatchingJob = 'lead-offers';
export const pruningJob = 'pruning';

export const jobNames: readonly string[] = [alertJob, leadMatchingJob, pruningJob];
