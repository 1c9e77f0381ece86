import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errorCode, errorMessage, exitCodes, userError } from '../../platform/errors.ts';
import { asideNotes } from './aside-notes.ts';
import { listFolder } from './list-folder.ts';

export type DumpFormat = 'bson' | 'json';

/** A file with a collection of the dump. */
export type DumpFile = {
  readonly collection: string;
  readonly path: string;
  readonly name: string;
  readonly format: DumpFormat;
  readonly gzip: boolean;
  readonly bytes: number;
};

export type FoundDump = { readonly files: readonly DumpFile[]; readonly notes: readonly string[] };

type Entry = { readonly folder: string; readonly file: string; readonly collection: string } & Pick<
  DumpFile,
  'format' | 'gzip'
>;

/** Files that mongodump writes next to the collections, and that openhouse does not need. */
const belongings = /^(?:.+\.metadata\.json|prelude\.json|oplog\.bson|system\..+)(?:\.gz)?$/;
const dumpFile = /^(?<collection>.+)\.(?<format>bson|json)(?<gzip>\.gz)?$/;
/** MongoDB's own databases. */
const internal = new Set(['admin', 'config', 'local']);

/**
 * The collections in a dump folder: `<folder>/<database>/<collection>.bson[.gz]` as mongodump writes it, files directly
 * in the folder, and mongoexport's `<collection>.json[.gz]`.
 * @param wanted the collections to look for, in this order; or all that there are
 * @throws UserError if the folder does not exist, contains none of them, or contains more than one database that does
 */
export const findCollections = async (folder: string, wanted: readonly string[] | 'all'): Promise<FoundDump> => {
  const here = await entriesOf(folder);
  const below = await Promise.all((await foldersIn(folder)).map((name) => entriesOf(join(folder, name))));
  const ours = (entries: readonly Entry[]) =>
    wanted === 'all'
      ? entries.length > 0 && !internal.has(basename(entries[0]!.folder))
      : entries.some((entry) => wanted.includes(entry.collection));
  const databases = [here, ...below].filter(ours);
  if (databases.length > 1) {
    const names = databases.map((entries) => entries[0]!.folder);
    throw userError(`${folder} contains more than one legacy database`, {
      code: 'dump-ambiguous',
      exitCode: exitCodes.usage,
      hint: `Import one of them: ${names.join(', ')}.`,
    });
  }
  const [database] = databases;
  if (database === undefined) throw nothingIn(folder, wanted, [...here, ...below.flat()]);
  const names = wanted === 'all' ? [...new Set(database.map(({ collection }) => collection))].sort() : wanted;
  const { files, notes } = await chosen(database, names);
  const place = database[0]!.folder;
  const others = below.filter((entries) => entries.length > 0 && entries !== database).map(([first]) => first!.folder);
  if (others.length > 0) {
    notes.push(`ignored, not a database of the legacy CRM: ${others.map((path) => basename(path)).join(', ')}`);
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
    const path = join(first.folder, first.file);
    const { size } = await stat(path);
    files.push({ collection, path, name: first.file, format: first.format, gzip: first.gzip, bytes: size });
  }
  return { files, notes };
};

const rank = (entry: Entry) => (entry.format === 'bson' ? 0 : 2) + (entry.gzip ? 1 : 0);

const entriesOf = async (folder: string): Promise<Entry[]> => {
  const entries = await list(folder);
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [];
    const match = dumpFile.exec(entry.name)?.groups;
    const { collection, format } = match ?? {};
    if (collection === undefined || belongings.test(entry.name)) return [];
    return [{ folder, file: entry.name, collection, format: format as DumpFormat, gzip: match?.gzip !== undefined }];
  });
};

const foldersIn = async (folder: string) =>
  (await list(folder)).filter(({ kind }) => kind === 'folder').map(({ name }) => name);

const list = async (folder: string) => {
  try {
    return await listFolder(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR' && (await stat(folder)).isFile()) {
      throw userError(`${folder} is a file, not a dump folder`, {
        code: 'dump-not-a-folder',
        exitCode: exitCodes.usage,
        hint: 'Archives (mongodump --archive) cannot be read. Create a folder with mongodump --out <folder>.',
      });
    }
    if (errorCode(error) === 'ENOENT') {
      throw userError(`the dump folder ${folder} does not exist`, {
        code: 'dump-missing',
        exitCode: exitCodes.usage,
        hint: 'Give the folder that mongodump --out wrote.',
      });
    }
    throw userError(`the dump folder ${folder} cannot be read: ${errorMessage(error)}`, {
      code: 'dump-unreadable',
      cause: error,
    });
  }
};

const nothingIn = (folder: string, wanted: readonly string[] | 'all', entries: readonly Entry[]) => {
  const seen = [...new Set(entries.map(({ collection }) => collection))].sort();
  const what = seen.length === 0 ? 'no collections at all' : `only unknown collections (${shortList(seen)})`;
  return userError(`the dump folder ${folder} contains ${what}`, {
    code: seen.length === 0 ? 'dump-empty' : 'dump-unknown',
    exitCode: exitCodes.usage,
    hint: `openhouse looked for ${wanted === 'all' ? 'collections' : wanted.join(', ')} as <collection>.bson, .bson.gz or .json, there and one folder down (${basename(folder)}/<database>/).${seen.length === 0 ? '' : ` If the old CRM has other names, let \`openhouse import inspect ${folder} --propose our-crm.yaml\` write a mapping for it, and import with --mapping our-crm.yaml.`}`,
  });
};

const shortList = (names: readonly string[]) =>
  names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`;
