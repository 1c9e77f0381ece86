import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exitCodes, userError } from '../../platform/errors.ts';
import { asideNotes } from './aside-notes.ts';
import { type DumpFormat, type Entry, entryOf } from './file-names.ts';
import { listFolder } from './list-folder.ts';
import { nothingIn, notOfADump, unknownFile, unlistable } from './nothing-found.ts';

export type { DumpFormat } from './file-names.ts';

/** A file with a collection of the dump. */
export type DumpFile = {
  readonly collection: string;
  readonly path: string;
  /** For people: with the collection's own name, which the file's may have in another form. */
  readonly name: string;
  readonly format: DumpFormat;
  readonly gzip: boolean;
  readonly bytes: number;
};

export type FoundDump = { readonly files: readonly DumpFile[]; readonly notes: readonly string[] };

/** MongoDB's own databases. */
const internal = new Set(['admin', 'config', 'local']);

/**
 * The collections in a dump folder: `<folder>/<database>/<collection>.bson[.gz]` as mongodump writes it, files directly
 * in the folder, and mongoexport's `<collection>.json[.gz]` (also `.jsonl`, `.ndjson`); or a single one of these files.
 * @param wanted the collections to look for, in this order; or all that there are
 * @throws UserError if the source does not exist, contains none of them, or contains more than one database that does
 */
export const findCollections = async (source: string, wanted: readonly string[] | 'all'): Promise<FoundDump> =>
  (await isFile(source)) ? await inFile(source, wanted) : await inFolder(source, wanted);

const isFile = async (path: string): Promise<boolean> =>
  await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

const inFile = async (path: string, wanted: readonly string[] | 'all'): Promise<FoundDump> => {
  const entry = entryOf(dirname(path), basename(path), wanted);
  if (entry === undefined) throw await notOfADump(path);
  if (wanted !== 'all' && !wanted.includes(entry.collection)) throw unknownFile(path, entry.collection, wanted);
  return { files: [await fileOf(entry)], notes: [] };
};

const inFolder = async (folder: string, wanted: readonly string[] | 'all'): Promise<FoundDump> => {
  const here = await entriesIn(folder, wanted);
  const folders = await foldersIn(folder);
  const below = await Promise.all(folders.map((name) => entriesIn(join(folder, name), wanted)));
  const ours = (entries: readonly Entry[]) =>
    wanted === 'all'
      ? entries.length > 0 && !internal.has(basename(entries[0]!.folder))
      : entries.some((entry) => wanted.includes(entry.collection));
  const databases = [here, ...below].filter(ours);
  if (databases.length > 1) {
    const names = databases.map((entries) => entries[0]!.folder);
    throw userError(`${folder} contains more than one database of an old CRM`, {
      code: 'dump-ambiguous',
      exitCode: exitCodes.usage,
      hint: `Import one of them: ${names.join(', ')}.`,
    });
  }
  const [database] = databases;
  if (database === undefined) throw await nothingIn(folder, folders, wanted, [...here, ...below.flat()]);
  const names = wanted === 'all' ? [...new Set(database.map(({ collection }) => collection))].sort() : wanted;
  const { files, notes } = await chosen(database, names);
  const place = database[0]!.folder;
  const others = below.filter((entries) => entries.length > 0 && entries !== database).map(([first]) => first!.folder);
  if (others.length > 0) {
    notes.push(`ignored, not a database of the old CRM: ${others.map((path) => basename(path)).join(', ')}`);
  }
  return {
    files,
    notes: [...notes, ...(await asideNotes(folder, place, names, new Set(files.map(({ collection }) => collection))))],
  };
};

const chosen = async (
  entries: readonly Entry[],
  wanted: readonly string[],
): Promise<{ files: DumpFile[]; notes: string[] }> => {
  const notes: string[] = [];
  const files: DumpFile[] = [];
  const unknown = [...new Set(entries.map(({ collection }) => collection).filter((name) => !wanted.includes(name)))];
  if (unknown.length > 0) notes.push(`ignored, not a collection that the mapping knows: ${unknown.sort().join(', ')}`);
  for (const collection of wanted) {
    // mongodump's own format first: it has complete documents with their types.
    const forms = entries
      .filter((entry) => entry.collection === collection)
      .sort((a, b) => rank(a) - rank(b) || a.file.localeCompare(b.file));
    const [first, ...others] = forms;
    if (first === undefined) {
      notes.push(`the dump has no collection ${collection}`);
      continue;
    }
    if (others.length > 0) {
      notes.push(`${collection}: read from ${first.file}; ignored: ${others.map(({ file }) => file).join(', ')}`);
    }
    files.push(await fileOf(first));
  }
  return { files, notes };
};

const rank = (entry: Entry) => (entry.format === 'bson' ? 0 : 2) + (entry.gzip ? 1 : 0);

const fileOf = async ({ folder, file, collection, format, gzip }: Entry): Promise<DumpFile> => {
  const path = join(folder, file);
  const { size } = await stat(path);
  const ending = /\.[a-z]+(?:\.gz)?$/.exec(file)![0];
  return { collection, path, name: `${collection}${ending}`, format, gzip, bytes: size };
};

const entriesIn = async (folder: string, wanted: readonly string[] | 'all'): Promise<Entry[]> =>
  (await list(folder)).flatMap(({ kind, name }) => (kind === 'file' ? (entryOf(folder, name, wanted) ?? []) : []));

const foldersIn = async (folder: string) =>
  (await list(folder)).filter(({ kind }) => kind === 'folder').map(({ name }) => name);

const list = async (folder: string) => {
  try {
    return await listFolder(folder);
  } catch (error) {
    throw unlistable(folder, error);
  }
};
