import { basename, dirname, join, resolve } from 'node:path';
import { parseStreamName } from '../../domain/events.ts';
import { migrateImport } from '../../importers/migrations.ts';
import { importSources } from '../../queries/imports.ts';
import type { Workspace } from '../workspace.ts';

/**
 * What this installation holds besides the imports of some folders, in words; `null` for nothing. A folder goes by its
 * last two names: the project may have moved since. With no import on record, events in the store are somebody's too: a database
 * that was lost, or a second installation.
 */
export const dataBesides = async (
  { db, store }: Pick<Workspace, 'db' | 'store'>,
  folders: readonly string[],
): Promise<string | null> => {
  await migrateImport(db);
  const expected = new Set(folders.map(nameOf));
  const sources = await importSources(db);
  const other = sources.find((source) => !expected.has(nameOf(source)));
  if (other !== undefined) return `${other} was imported here`;
  if (sources.length > 0) return null;
  for await (const { streamName } of store.readAll()) {
    if (parseStreamName(streamName) !== null) return 'the event store holds records already';
  }
  return null;
};

/**
 * A warning when a folder is imported beside the sample: real people would stand beside made-up ones, and no one could tell them
 * apart. `null` when there is nothing to warn of.
 */
export const besideTheSample = async (
  { db }: Pick<Workspace, 'db'>,
  folder: string,
  samples: readonly string[],
): Promise<string | null> => {
  await migrateImport(db);
  const made = new Set(samples.map(nameOf));
  const sample = (await importSources(db)).find((source) => made.has(nameOf(source)));
  if (sample === undefined || made.has(nameOf(folder))) return null;
  return "this home holds the sample's made-up people; import real data into a new one: OPENHOUSE_HOME=<folder>";
};

const nameOf = (folder: string): string => {
  const path = resolve(folder);
  return join(basename(dirname(path)), basename(path));
};
