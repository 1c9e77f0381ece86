import { basename, dirname, join, resolve } from 'node:path';
import { parseStreamName } from '../../domain/events.ts';
import { importSources } from '../../queries/importing/imports.ts';
import type { Workspace } from '../workspace.ts';

/**
 * Describes what this installation holds besides imports of `folders`; `null` for nothing. Folders are compared by their last two
 * names, because the project may have moved. Without any recorded import, events in the store count too: the database was lost, or
 * this is a second installation.
 */
export const dataBesides = async (
  { db, store }: Pick<Workspace, 'db' | 'store'>,
  folders: readonly string[],
): Promise<string | null> => {
  const expected = new Set(folders.map(nameOf));
  const sources = await importSources(db);
  const other = sources.find((source) => !expected.has(nameOf(source)));
  if (other !== undefined) return `${other} has been imported`;
  if (sources.length > 0) return null;
  for await (const { streamName } of store.readAll()) {
    if (parseStreamName(streamName) !== null) return 'the event store already contains records';
  }
  return null;
};

/**
 * A warning if other data is imported next to the sample, because real people could not be told from made-up ones;
 * `null` if there is nothing to warn about.
 */
export const besideTheSample = async (
  { db }: Pick<Workspace, 'db'>,
  folder: string,
  samples: readonly string[],
): Promise<string | null> => {
  const made = new Set(samples.map(nameOf));
  const sample = (await importSources(db)).find((source) => made.has(nameOf(source)));
  if (sample === undefined || made.has(nameOf(folder))) return null;
  return "this home contains the sample's made-up people; import real data into a new one: OPENHOUSE_HOME=<folder>";
};

const nameOf = (folder: string): string => {
  const path = resolve(folder);
  return join(basename(dirname(path)), basename(path));
};
