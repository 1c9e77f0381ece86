import type { ImportDeps, ImportOptions } from './deps.ts';
import { openDump } from './dump/open-dump.ts';
import { importSource } from './import-source.ts';
import type { ImportSummary } from './reporting/summarise.ts';

export type { ImportDeps, ImportOptions } from './deps.ts';
export type { CollectionCounts, ImportSummary } from './reporting/summarise.ts';

/**
 * Imports a folder that mongodump or mongoexport wrote. Importing it again appends nothing; a later one appends the changes.
 *
 * @throws UserError when there is nothing to import there, or a server goes away. A file that cannot be read to its end is no
 * error here: the rest is imported, and `problems` in the summary names it.
 */
export const importDump = async (
  deps: ImportDeps,
  folder: string,
  options: ImportOptions = {},
): Promise<ImportSummary> => await importSource(deps, await openDump(folder), folder, options);
