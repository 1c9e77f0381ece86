import { fileURLToPath } from 'node:url';
import type { Config } from '../../platform/config.ts';
import { catchUpReadModels, deliver, importFolder, matchLeads, takeStock, tickAlerts, type Work } from './work.ts';

export type Step = (work: Work) => Promise<unknown>;

const sample = fileURLToPath(new URL('../../samples/legacy', import.meta.url));
const sampleTwoWeeksLater = fileURLToPath(new URL('../../samples/legacy-later', import.meta.url));

/**
 * The main job, step by step. With nothing configured it is done on the sample: a first dump, at which alerts see what is on the
 * market already; then the same CRM two weeks later, with news for buyers.
 */
export function stepsFor(config: Config): Step[] {
  const dump = (folder: string): Step[] => [(work) => importFolder(work, folder), tickAlerts];
  return [
    ...(config.dumpFolder === undefined ? [...dump(sample), ...dump(sampleTwoWeeksLater)] : dump(config.dumpFolder)),
    matchLeads,
    catchUpReadModels, // with the offers just made
    deliver,
    takeStock,
  ];
}
