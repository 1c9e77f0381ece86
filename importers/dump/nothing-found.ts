import { basename, join } from 'node:path';
import { errorCode, errorMessage, exitCodes, type UserError, userError } from '../../platform/errors.ts';
import type { Entry } from './file-names.ts';
import { listFolder } from './list-folder.ts';
import { otherFile } from './other-files.ts';

const usage = { exitCode: exitCodes.usage };
const whatToGive = 'Give a folder that `mongodump --out` wrote, or a .bson or .json file of it or of mongoexport.';

/** A folder that cannot be listed. */
export const unlistable = (folder: string, error: unknown): UserError =>
  errorCode(error) === 'ENOENT'
    ? userError(`${folder} does not exist`, { ...usage, code: 'dump-missing', hint: whatToGive })
    : userError(`the dump folder ${folder} cannot be read: ${errorMessage(error)}`, {
        code: 'dump-unreadable',
        cause: error,
      });

/** A single file that has no documents. */
export const notOfADump = async (path: string): Promise<UserError> => {
  const other = await otherFile(path);
  if (other !== undefined)
    return userError(`${path} cannot be imported: it is ${other.what}`, {
      ...usage,
      code: 'dump-not-a-folder',
      hint: other.whatToDo(basename(path)),
    });
  return userError(`${path} has no documents of a collection`, {
    ...usage,
    code: 'dump-not-a-folder',
    hint: whatToGive,
  });
};

/** A single file of a collection that the mapping does not know. */
export const unknownFile = (path: string, collection: string, wanted: readonly string[]): UserError =>
  userError(`${path} would be the collection ${collection}, which the mapping does not know`, {
    ...usage,
    code: 'dump-unknown',
    hint: `A file is imported as the collection that it is named after; the mapping has ${wanted.join(', ')}. Rename the file, or ${propose(path)}.`,
  });

/** A folder without any of the collections. @param folders those in it */
export const nothingIn = async (
  folder: string,
  folders: readonly string[],
  wanted: readonly string[] | 'all',
  entries: readonly Entry[],
): Promise<UserError> => {
  const seen = [...new Set(entries.map(({ collection }) => collection))].sort();
  const looked = `openhouse looked for ${wanted === 'all' ? 'collections' : wanted.join(', ')} as <collection>.bson, .bson.gz or .json, there and one folder down (${basename(folder)}/<database>/).`;
  if (seen.length > 0)
    return userError(`the dump folder ${folder} contains only unknown collections (${shortList(seen)})`, {
      ...usage,
      code: 'dump-unknown',
      hint: `${looked} If the old CRM has other names, ${propose(folder)}.`,
    });
  const others = await othersIn([folder, ...folders.map((name) => join(folder, name))]);
  const known = [...new Map(others.flatMap(({ name, is }) => (is === undefined ? [] : [[is, name] as const])))];
  const shown = others.map(({ name, is }) => (is === undefined ? name : `${name} (${is.what})`));
  return userError(
    `the dump folder ${folder} contains ${shown.length === 0 ? 'no files' : `no collections, but ${shortList(shown)}`}`,
    {
      ...usage,
      code: 'dump-empty',
      hint: known.length === 0 ? looked : known.map(([{ whatToDo }, name]) => whatToDo(name)).join(' '),
    },
  );
};

/** What is looked into: more would not be shown. */
const mostFiles = 20;

const othersIn = async (folders: readonly string[]) => {
  const paths: string[] = [];
  for (const folder of folders) {
    for (const { kind, name } of await listFolder(folder))
      if (kind === 'file' && !name.startsWith('.')) paths.push(join(folder, name));
    if (paths.length >= mostFiles) break;
  }
  const some = paths.sort().slice(0, mostFiles);
  return await Promise.all(some.map(async (path) => ({ name: basename(path), is: await otherFile(path) })));
};

const propose = (source: string) =>
  `let \`openhouse import inspect ${source} --propose our-crm.yaml\` write a mapping for it, and import with --mapping our-crm.yaml`;

const shortList = (names: readonly string[]) =>
  names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`;
