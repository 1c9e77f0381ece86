import { fileURLToPath } from 'node:url';
import type { Config } from '../../platform/config.ts';
import { catchUpReadModels, deliver, importFolder, matchLeads, takeStock, tickAlerts, type Work } from './work.ts';

export type Step = (work: Work) => Promise<unknown>;

const sample = fileURLToPath(new URL('../../samples/legacy', import.meta.url));
const sampleTwoWeeksLater = fileURLToPath(new URL('../../samples/legacy-later', import.meta.url));

/**
 * The main job, step by step. With nothing configured it is done on the sample: a first dump, at which alerts see what is on the
 * market already; then the same CRM two weeks later, with news for buyers. Where a legacy database is configured, made-up
 * people have no business: then only what is there is worked on.
 */
export function stepsFor(config: Config): Step[] {
  const dump = (folder: string): Step[] => [(work) => importFolder(work, folder), tickAlerts];
  const imports = (): Step[] => {
    if (config.dumpFolder !== undefined) return dump(config.dumpFolder);
    if (config.mongoUrl !== undefined) return [noSample, catchUpReadModels, tickAlerts];
    return [...dump(sample), ...dump(sampleTwoWeeksLater)];
  };
  return [
    ...imports(),
    matchLeads,
    catchUpReadModels, // with the offers just made
    deliver,
    takeStock,
  ];
}

const noSample: Step = async ({ workspace, say }) => {
  say(
    'MONGO_URL is set: the sample is left out; a dump of it is imported by `openhouse import <folder>` or OPENHOUSE_DUMP',
  );
  // The tables of the import are there all the same: the console and the summary look into them.
  const { migrateImport } = await import('../../importers/migrations.ts');
  await migrateImport(workspace.db);
};
