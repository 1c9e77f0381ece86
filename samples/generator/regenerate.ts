import { fileURLToPath } from 'node:url';
import { committedSamples } from './committed-samples.ts';
import { writeShapes } from './shapes/write-shapes.ts';
import { writeSample } from './write-sample.ts';

/** Rewrites the dumps in `samples`: `node --import tsx samples/generator/regenerate.ts`. */
for (const { name, ...options } of committedSamples) {
  const folder = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const { documents, bytes, changes } = await writeSample({ ...options, folder });
  console.log(JSON.stringify({ name, documents, bytes, changes }, null, 2));
}
await writeShapes(fileURLToPath(new URL('..', import.meta.url)));
