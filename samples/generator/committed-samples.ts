import type { SampleOptions } from './write-sample.ts';

/** Only `alerts_sent` and `activities` are compressed, so that importing the samples reads both kinds of files. */
const gzip = ['activities', 'alerts_sent'] as const;

const common = { listings: 400, contacts: 600, agents: 25, seed: 'openhouse', dirt: 0.3, gzip };

/**
 * The two dumps in the repository: `samples/legacy` and, two weeks later, `samples/legacy-later`. After a change to the
 * generator, regenerate them with
 *
 *     node --import tsx samples/generator/regenerate.ts
 */
export const committedSamples: readonly (Omit<SampleOptions, 'folder'> & { name: string })[] = [
  { name: 'legacy', stage: 'first', ...common },
  { name: 'legacy-later', stage: 'later', ...common },
];
