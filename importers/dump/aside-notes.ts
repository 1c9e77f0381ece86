import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isNamedLikeData, metadataOf } from './file-names.ts';
import { type FolderEntry, listFolder } from './list-folder.ts';
import { otherFile } from './other-files.ts';

/**
 * Notes on files in the dump's folder, or its database's, that are not read: a view (mongodump writes only its
 * definition), a collection whose data is missing, changes made while the dump was written, files that are not part of
 * a dump.
 *
 * @param wanted the collections that were looked for
 * @param read those of them that are read
 */
export const asideNotes = async (
  dump: string,
  folder: string,
  wanted: readonly string[],
  read: ReadonlySet<string>,
): Promise<string[]> => {
  const here = await listFolder(folder);
  const names = filesOf(here);
  const notes: string[] = [];
  for (const collection of wanted.filter((name) => !read.has(name))) {
    const metadata = names.find((name) => metadataOf(name) === collection);
    if (metadata !== undefined) notes.push(await withoutData(folder, collection, metadata));
  }
  const above = dump === folder ? [] : filesOf(await listFolder(dump));
  for (const { name, kind } of here.filter(({ name }) => isNamedLikeData(name))) {
    if (kind === 'nowhere') notes.push(`ignored, a broken link: ${name}`);
    if (kind === 'folder' || kind === 'other') notes.push(`ignored, not a file: ${name}`);
  }
  const paths = [...above.map((name) => join(dump, name)), ...names.map((name) => join(folder, name))];
  for (const path of paths.filter((path) => /\boplog\.bson(\.gz)?$/.test(path))) {
    if (!(await hasContent(path))) continue;
    notes.push(
      `${basename(path)} contains changes made while the dump was being written: they are not imported, but the next dump will have them`,
    );
  }
  const strange = paths.filter((path) => !isNamedLikeData(path) && !basename(path).startsWith('.'));
  const described = [];
  for (const path of strange) described.push(await withKind(path));
  if (described.length > 0) notes.push(`ignored, not part of a dump: ${described.join(', ')}`);
  return notes;
};

const withKind = async (path: string): Promise<string> => {
  const known = await otherFile(path);
  return known === undefined ? basename(path) : `${basename(path)} (${known.what})`;
};

const withoutData = async (folder: string, collection: string, metadata: string): Promise<string> =>
  (await isView(join(folder, metadata)))
    ? `${collection} is a view, and mongodump wrote only its definition: dump it with --viewsAsCollections`
    : `${collection}: ${metadata} exists, but the file with its documents is missing: the dump is incomplete`;

const isView = async (path: string): Promise<boolean> => {
  try {
    const bytes = await readFile(path);
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const { type, options } = JSON.parse(text) as { type?: unknown; options?: { viewOn?: unknown } };
    return type === 'view' || options?.viewOn !== undefined;
  } catch {
    return false; // then it is a collection without its data, which the note says too
  }
};

const filesOf = (entries: readonly FolderEntry[]): string[] =>
  entries
    .filter(({ kind }) => kind === 'file')
    .map(({ name }) => name)
    .sort();

/** Even an empty gzip file has a header. */
const hasContent = async (path: string): Promise<boolean> => {
  const { size } = await stat(path);
  if (!path.endsWith('.gz') || size > 1_000) return size > 0;
  try {
    return gunzipSync(await readFile(path)).length > 0;
  } catch {
    return true;
  }
};
