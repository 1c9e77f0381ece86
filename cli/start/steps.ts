import { fileURLToPath } from 'node:url';
import type { Config } from '../../platform/config/config.ts';
import { dataBesides } from './data-besides.ts';
import {
  catchUpReadModels,
  deliver,
  importFolder,
  matchLeads,
  takeStock,
  tickAlerts,
  upgradeFirst,
  type Work,
} from './work.ts';

export type Step = (work: Work) => Promise<unknown>;

const folderOf = (name: string) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));
/** The two dumps of the sample, in order. */
export const samples = [folderOf('legacy'), folderOf('legacy-later')];

/**
 * The main job, step by step. By default it uses the sample: a first dump, from which alerts learn what is already on the market,
 * then the same CRM two weeks later, with news for buyers. Made-up people never mix with a brokerage's own: if a legacy database is
 * configured or there is other data, the sample is left out.
 */
export function stepsFor(config: Config): Step[] {
  const { dumpFolder, mongoUrl } = config;
  const imports: Step[] =
    dumpFolder !== undefined
      ? [(work) => importFolder(work, dumpFolder), tickAlerts]
      : [mongoUrl === undefined ? importSample : reportMongo, catchUpReadModels, tickAlerts];
  return [
    upgradeFirst,
    ...imports,
    matchLeads,
    catchUpReadModels, // with the offers just made
    deliver,
    takeStock,
  ];
}

const importSample: Step = async (work) => {
  const { workspace, summary, say } = work;
  const found = await dataBesides(workspace, samples);
  if (found !== null) {
    const note = `the sample is not imported because ${found}; \`openhouse import samples/legacy\` imports it anyway`;
    summary.notes.push(note);
    say(note);
    return;
  }
  for (const folder of samples) {
    await importFolder(work, folder);
    await tickAlerts(work);
  }
};

const reportMongo: Step = async ({ workspace, summary }) => {
  summary.problems.push(
    'nothing was imported, because openhouse cannot read a live MongoDB (MONGO_URL) yet. Import a dump of it: ' +
      '`mongodump --uri "$MONGO_URL" --out <folder>`, then `openhouse import <folder>` (or set OPENHOUSE_DUMP)',
  );
  // The console and the summary need the import's tables anyway.
  const { migrateImport } = await import('../../importers/migrations.ts');
  await migrateImport(workspace.db);
};
