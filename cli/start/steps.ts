import { fileURLToPath } from 'node:url';
import type { Config } from '../../platform/config.ts';
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
/** The two dumps of the sample, in their order. */
export const samples = [folderOf('legacy'), folderOf('legacy-later')];

/**
 * The main job, step by step. With nothing configured, and nothing imported so far, it is done on the sample: a first dump, at
 * which alerts see what is on the market already; then the same CRM two weeks later, with news for buyers. Made-up people and a
 * brokerage's own never mix: where a legacy database is configured, or other data is there, only what is there is worked on.
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
    const note = `the sample is left out, since ${found}; \`openhouse import samples/legacy\` imports it all the same`;
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
    'nothing was imported: MONGO_URL is set, and a live MongoDB cannot be read yet. Import a dump of it: ' +
      '`mongodump --uri "$MONGO_URL" --out <folder>`, then `openhouse import <folder>` (or set OPENHOUSE_DUMP)',
  );
  // The tables of the import are there all the same: the console and the summary look into them.
  const { migrateImport } = await import('../../importers/migrations.ts');
  await migrateImport(workspace.db);
};
