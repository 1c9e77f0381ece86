import type { Count } from '../../schedulers/define-job.ts';
import { jobNamed } from '../../schedulers/jobs.ts';

/** What people call a job; one that this release does not know is called by its name. */
export const jobLabel = (name: string): string => jobNamed(name)?.label ?? name;

/** A count of a run, as people read it: `{ name: 'offered', count: 3, text: 'offered to agents', kind: 'done' }`. */
export type CountInWords = { readonly name: string; readonly count: number; readonly text: string } & Pick<
  Count,
  'kind'
>;

/** A run's counts in their order; a count that this release does not know is called by its name. */
export const countsInWords = (job: string, counts: Readonly<Record<string, number>>): readonly CountInWords[] => {
  const known: Readonly<Record<string, Count>> = jobNamed(job)?.counts ?? {};
  return [...new Set([...Object.keys(known), ...Object.keys(counts)])].flatMap((name) => {
    const count = counts[name];
    const { kind, text } = known[name] ?? { kind: 'standing', text: name };
    return count === undefined || kind === 'internal' ? [] : [{ name, count, text, kind }];
  });
};
