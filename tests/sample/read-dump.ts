import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createGunzip } from 'node:zlib';
import { BSON, type Document } from 'bson';

export type Read = { bytes: Buffer; document: Document };

/** Reads one collection of a sample as a stream, plain or gzipped, as an importer must. */
export async function* readCollection(folder: string, collection: string): AsyncGenerator<Read> {
  const path = join(folder, 'legacy', `${collection}.bson`);
  const source = existsSync(path) ? createReadStream(path) : createReadStream(`${path}.gz`).pipe(createGunzip());
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const bytes = rest.subarray(0, rest.readInt32LE(0));
      yield { bytes: Buffer.from(bytes), document: BSON.deserialize(bytes) };
      rest = rest.subarray(bytes.length);
    }
  }
  if (rest.length > 0) throw new Error(`${collection} ends in the middle of a document (${rest.length} bytes left)`);
}

export async function documentsOf(folder: string, collection: string): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const { document } of readCollection(folder, collection)) documents.push(document);
  return documents;
}

/** Bytes by `_id`. */
export async function bytesById(folder: string, collection: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for await (const { bytes, document } of readCollection(folder, collection)) {
    const key = `${typeof document._id} ${String(document._id)}`;
    if (found.has(key)) throw new Error(`${collection} contains _id ${key} twice`);
    found.set(key, bytes);
  }
  return found;
}

/** The names of a sample's files. */
export const filesOf = async (folder: string) => (await readdir(join(folder, 'legacy'))).sort();

/** A folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'openhouse-sample-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
