import { once } from 'node:events';
import { createWriteStream, existsSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { BSON, type Document } from 'bson';
import { random } from './random.ts';

/** How many bytes are buffered before they are written to the file. */
const CHUNK = 256 * 1024;

/**
 * Writes one collection as `mongodump` does: `<folder>/<collection>.bson` (documents back to back) and
 * `<collection>.metadata.json`, or both with `.gz`. The files appear when they are complete, replacing earlier ones of
 * either kind. The gzip header has no timestamp; the BSON inside is the same on every machine (the compressed bytes
 * themselves depend on the machine's zlib).
 */
export async function writeCollection(
  folder: string,
  collection: string,
  documents: Iterable<Document>,
  options: { gzip: boolean; seed: string },
): Promise<{ documents: number; bytes: number }> {
  await makeFolder(folder);
  const suffix = options.gzip ? '.gz' : '';
  const data = join(folder, `${collection}.bson`);
  const about = join(folder, `${collection}.metadata.json`);
  const written = { documents: 0, bytes: 0 };
  const source = Readable.from(chunks(documents, written), { objectMode: false, highWaterMark: CHUNK });
  const [partial, partialAbout] = [`${data}${suffix}.partial`, `${about}${suffix}.partial`];
  const file = createWriteStream(partial);
  try {
    // Opening first makes an unwritable folder fail before any work is done.
    await once(file, 'open');
    await (options.gzip ? pipeline(source, createGzip({ level: 9 }), file) : pipeline(source, file));
    const text = metadata(collection, options.seed);
    await writeFile(partialAbout, options.gzip ? gzipSync(text, { level: 9 }) : text);
    await rename(partialAbout, `${about}${suffix}`);
    await rename(partial, `${data}${suffix}`);
  } catch (error) {
    await Promise.all([partial, partialAbout].map((path) => rm(path, { force: true }).catch(() => {})));
    throw error;
  }
  const other = options.gzip ? '' : '.gz';
  await Promise.all([rm(`${data}${other}`, { force: true }), rm(`${about}${other}`, { force: true })]);
  return written;
}

/** `mkdir -p`. Node's own (`recursive: true`) never returns where folders cannot be created, e.g. below /proc. */
async function makeFolder(folder: string): Promise<void> {
  const refused = await mkdir(folder).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  );
  if (refused === null || (refused.code === 'EEXIST' && statSync(folder).isDirectory())) return;
  if (refused.code !== 'ENOENT' || existsSync(dirname(folder))) throw refused;
  await makeFolder(dirname(folder));
  await mkdir(folder);
}

function* chunks(documents: Iterable<Document>, written: { documents: number; bytes: number }): Generator<Buffer> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for (const document of documents) {
    const bytes = BSON.serialize(document, { ignoreUndefined: true });
    parts.push(bytes);
    size += bytes.byteLength;
    written.documents += 1;
    written.bytes += bytes.byteLength;
    if (size < CHUNK) continue;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(parts);
}

/** mongodump's metadata for a collection without indexes of its own, which the old CRM never had. */
function metadata(collection: string, seed: string): string {
  const r = random(seed, 'uuid', collection);
  const uuid = Array.from({ length: 4 }, () => r.uint32().toString(16).padStart(8, '0')).join('');
  return JSON.stringify({
    indexes: [{ v: { $numberInt: '2' }, key: { _id: { $numberInt: '1' } }, name: '_id_' }],
    uuid,
    collectionName: collection,
    type: 'collection',
  });
}
