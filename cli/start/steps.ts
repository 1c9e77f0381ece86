import { fileURLToPath } from 'node:url';
import type { Config } from '../../platform/config/config.ts';
import { isUserError } from '../../platform/errors.ts';
import { dataBesides } from './data-besides.ts';
import {
  catchUpReadModels,
  deliver,
  importSource,
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
  const own = dumpFolder ?? mongoUrl;
  const imports: Step[] =
    own === undefined
      ? [importSample, catchUpReadModels, tickAlerts]
      : [(work) => (own === mongoUrl ? importLive(work, own) : importSource(work, own)), catchUpReadModels, tickAlerts];
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
    await importSource(work, folder);
    await tickAlerts(work);
  }
};

/** If the old CRM cannot be reached just now, the rest goes on, and following tries again every minute. */
async function importLive(work: Work, url: string): Promise<void> {
  try {
    await importSource(work, url);
  } catch (error) {
    if (!isUserError(error) || !error.code.startsWith('mongo-')) throw error;
    work.summary.problems.push(`nothing was imported: ${error.message}. ${error.hint ?? ''}`.trim());
  }
}
