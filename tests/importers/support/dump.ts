import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { serialize } from 'bson';
import type { LegacyCollection } from '../../../importers/source.ts';

export type Documents = Partial<Record<LegacyCollection, readonly object[]>>;

type Cleanup = { after(work: () => void): void };

/** A temporary folder, deleted after the test. */
export const temporaryFolder = (t: Cleanup): string => {
  const folder = mkdtempSync(join(tmpdir(), 'openhouse-dump-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const bsonOf = (documents: readonly object[]): Buffer =>
  Buffer.concat(documents.map((document) => Buffer.from(serialize(document))));

/** A dump as mongodump writes it: `<folder>/legacy/<collection>.bson`. @returns its folder */
export const writeDump = (t: Cleanup, documents: Documents, options: { gzip?: boolean } = {}): string => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'legacy'));
  for (const [collection, found] of Object.entries(documents)) {
    const bytes = bsonOf(found);
    const path = join(folder, 'legacy', `${collection}.bson`);
    if (options.gzip) writeFileSync(`${path}.gz`, gzipSync(bytes));
    else writeFileSync(path, bytes);
    writeFileSync(join(folder, 'legacy', `${collection}.metadata.json`), '{"options":{},"indexes":[]}');
  }
  return folder;
};
