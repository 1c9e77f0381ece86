import type { Count } from '../../schedulers/define-job.ts';
import { jobNamed } from '../../schedulers/jobs.ts';

/** The label of a job; a job that this release does not know keeps its name. */
export const jobLabel = (name: string): string => jobNamed(name)?.label ?? name;

/** A count of a run, with its label: `{ name: 'offered', count: 3, text: 'offered to agents', kind: 'done' }`. */
export type CountInWords = { readonly name: string; readonly count: number; readonly text: string } & Pick<
  Count,
  'kind'
>;

/** A run's counts in order; a count that this release does not know keeps its name. */
export const countsInWords = (job: string, counts: Readonly<Record<string, number>>): readonly CountInWords[] => {
  const known: Readonly<Record<string, Count>> = jobNamed(job)?.counts ?? {};
  return [...new Set([...Object.keys(known), ...Object.keys(counts)])].flatMap((name) => {
    const count = counts[name];
    const { kind, text, one } = known[name] ?? { kind: 'standing', text: name, one: name };
    return count === undefined || kind === 'internal' ? [] : [{ name, count, text: count === 1 ? one : text, kind }];
  });
};
