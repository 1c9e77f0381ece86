import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { legacyCollections } from '../source.ts';

/**
 * What lies in a dump's folder, or in that of its database, and is not read, in words: a view (of which mongodump writes the definition only), a collection
 * whose data is missing, changes that were made while the dump was written, files that are no part of a dump.
 *
 * @param read the collections that are read
 */
export const asideNotes = async (dump: string, folder: string, read: ReadonlySet<string>): Promise<string[]> => {
  const names = await filesIn(folder);
  const notes: string[] = [];
  for (const collection of legacyCollections.filter((name) => !read.has(name))) {
    const metadata = names.find((name) => name.replace(/\.gz$/, '') === `${collection}.metadata.json`);
    if (metadata !== undefined) notes.push(await withoutData(folder, collection, metadata));
  }
  const above = dump === folder ? [] : await filesIn(dump);
  const paths = [...above.map((name) => join(dump, name)), ...names.map((name) => join(folder, name))];
  for (const path of paths.filter((path) => /\boplog\.bson(\.gz)?$/.test(path))) {
    if (!(await hasContent(path))) continue;
    notes.push(
      `${basename(path)} holds changes that were made while the dump was written; they are not applied: the next dump has them`,
    );
  }
  const strange = [...above, ...names].filter((name) => !/\.(bson|json)(\.gz)?$/.test(name) && !name.startsWith('.'));
  if (strange.length > 0) notes.push(`left aside, not a file of a dump: ${strange.join(', ')}`);
  return notes;
};

const withoutData = async (folder: string, collection: string, metadata: string): Promise<string> =>
  (await isView(join(folder, metadata)))
    ? `${collection} is a view, of which mongodump wrote the definition only: dump it with --viewsAsCollections`
    : `${collection}: ${metadata} is there, but not the file with its documents; the dump is not complete`;

const isView = async (path: string): Promise<boolean> => {
  try {
    const bytes = await readFile(path);
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const { type, options } = JSON.parse(text) as { type?: unknown; options?: { viewOn?: unknown } };
    return type === 'view' || options?.viewOn !== undefined;
  } catch {
    return false; // then it is a collection without its data, which is said all the same
  }
};

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** A gzip file without content still has its header. */
const hasContent = async (path: string): Promise<boolean> => {
  const { size } = await stat(path);
  if (!path.endsWith('.gz') || size > 1_000) return size > 0;
  try {
    return gunzipSync(await readFile(path)).length > 0;
  } catch {
    return true;
  }
};
