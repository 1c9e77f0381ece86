import { fileURLToPath } from 'node:url';

/** Where each projection's module is; its default export is the projection. */
export type ProjectionEntry = { readonly entry: string };

const folders = ['agents', 'leads', 'listing-changes', 'listings', 'saved-searches'];

/** Every read model of openhouse. A new one is a folder with a `projection.ts`, named here. */
export const projectionEntries: readonly ProjectionEntry[] = folders.map((folder) => ({
  entry: fileURLToPath(new URL(`./${folder}/projection.ts`, import.meta.url)),
}));
