import type { SampleOptions } from './write-sample.ts';

/** Written to `alerts_sent` and `activities` only, so that both kinds of files are read by whoever imports the samples. */
const gzip = ['activities', 'alerts_sent'] as const;

const common = { listings: 400, contacts: 600, agents: 25, seed: 'openhouse', dirt: 0.3, gzip };

/**
 * The two dumps in the repository: `samples/legacy` and, two weeks later, `samples/legacy-later`. Write them again after a
 * change to the generator with
 *
 *     node --import tsx samples/generator/regenerate.ts
 */
export const committedSamples: readonly (Omit<SampleOptions, 'folder'> & { name: string })[] = [
  { name: 'legacy', stage: 'first', ...common },
  { name: 'legacy-later', stage: 'later', ...common },
];
