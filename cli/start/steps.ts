import { fileURLToPath } from 'node:url';
import { isStoppedForQuarantine } from '../../importers/quarantine-limit.ts';
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
  const own = config.dumpFolder ?? config.mongoUrl;
  const imports: Step[] =
    own === undefined
      ? [importSample, catchUpReadModels, tickAlerts]
      : [(work) => importOwn(work, own), catchUpReadModels, tickAlerts];
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

/**
 * If the old CRM cannot be reached just now, or too much of it would go into quarantine, the rest goes on: people repair what is
 * wrong in the console, and following tries again every minute.
 */
async function importOwn(work: Work, source: string): Promise<void> {
  try {
    await importSource(work, source);
  } catch (error) {
    if (!isUserError(error)) throw error;
    if (isStoppedForQuarantine(error)) work.summary.problems.push(`${error.message}. ${error.hint ?? ''}`.trim());
    else if (error.code.startsWith('mongo-'))
      work.summary.problems.push(`nothing was imported: ${error.message}. ${error.hint ?? ''}`.trim());
    else throw error;
  }
}
