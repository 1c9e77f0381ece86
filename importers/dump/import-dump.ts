import type { ImportDeps, ImportOptions } from '../deps.ts';
import { loadMapping } from '../mappings/load-mapping.ts';
import { collectionNames } from '../mappings/route.ts';
import { importSource } from '../running/import-source.ts';
import type { ImportSummary } from '../running/summarise.ts';
import { openDump } from './open-dump.ts';

export type { ImportDeps, ImportOptions } from '../deps.ts';
export type { CollectionCounts, ImportSummary } from '../running/summarise.ts';

/**
 * Imports a folder written by mongodump or mongoexport, or one file of it. Importing the same dump again appends nothing; a later dump
 * appends only the changes.
 *
 * @throws UserError if there is nothing to import, or a server goes away. A file that cannot be read to its end does
 * not throw: the rest is imported, and the summary's `problems` names the file.
 */
export const importDump = async (
  deps: ImportDeps,
  folder: string,
  options: ImportOptions = {},
): Promise<ImportSummary> => {
  const mapping = options.mapping ?? (await loadMapping());
  return await importSource(deps, await openDump(folder, collectionNames(mapping)), folder, { ...options, mapping });
};
