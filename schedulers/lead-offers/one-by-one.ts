import { errorMessage } from '../../platform/errors.ts';
import type { JobRun } from '../define-job.ts';
import type { JobDeps } from '../deps.ts';
import { isOutage } from '../outage.ts';

/** A lead for which something failed; the others went on. */
export type FailedLead = { readonly contactKey: string; readonly reason: string };

/**
 * Does something for each lead. An error for one lead is noted and reported, and does not stop the others; a server
 * outage stops them all.
 *
 * @returns `null` if it failed
 */
export const oneByOne = async <Result>(
  { log, errors, signal, job }: Pick<JobDeps & JobRun, 'log' | 'errors' | 'signal' | 'job'>,
  contactKey: string,
  failed: FailedLead[],
  work: () => Promise<Result>,
): Promise<Result | null> => {
  try {
    return await work();
  } catch (error) {
    if (isOutage(error) || signal?.aborted) throw error;
    failed.push({ contactKey, reason: errorMessage(error) });
    log.error({ err: error, contactKey, job }, 'a lead could not be offered');
    errors?.report(error, { job });
    return null;
  }
};
