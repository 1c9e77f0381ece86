import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, EJSON } from 'bson';
import { writeCollection } from '../dump-writer.ts';
import type { World } from '../world.ts';
import { resoDocuments } from './reso.ts';
import { simplyretsDocuments } from './simplyrets.ts';

const world: World = {
  listings: 60,
  contacts: 50,
  agents: 8,
  seed: 'openhouse shapes',
  dirt: 0,
  stage: 'first',
  tally: {},
};

/**
 * Writes `samples/reso` and `samples/simplyrets`: a small made-up brokerage as other CRMs keep it, one as mongodump
 * writes it and one as mongoexport does. The same on every machine.
 *
 * @param samples the folder for both
 */
export const writeShapes = async (samples: string): Promise<void> => {
  for (const [collection, documents] of Object.entries(resoDocuments(world)))
    await writeCollection(join(samples, 'reso', 'mls'), collection, documents, { gzip: false, seed: world.seed });
  const folder = join(samples, 'simplyrets');
  await mkdir(folder, { recursive: true });
  for (const [collection, documents] of Object.entries(simplyretsDocuments(world)))
    await writeFile(join(folder, `${collection}.json`), exported(documents));
};

const exported = (documents: readonly Document[]) =>
  documents.map((document) => `${EJSON.stringify(document, { relaxed: true })}\n`).join('');
