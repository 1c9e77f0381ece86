import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The module of each projection, whose default export is the projection. */
export type ProjectionEntry = { readonly entry: string };

const entryIn = (folder: string): string => fileURLToPath(new URL(`./${folder}/projection.ts`, import.meta.url));

/** Every read model of openhouse: each folder next to this file with a `projection.ts` is one. */
export const projectionEntries: readonly ProjectionEntry[] = readdirSync(new URL('.', import.meta.url))
  .sort()
  .map((folder) => ({ entry: entryIn(folder) }))
  .filter(({ entry }) => existsSync(entry));
