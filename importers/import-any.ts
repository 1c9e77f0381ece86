import type { ImportDeps, ImportOptions } from './deps.ts';
import { importDump } from './dump/import-dump.ts';
import { isMongoUrl } from './mongo/connect.ts';
import { importMongo } from './mongo/import-mongo.ts';
import type { ImportSummary } from './running/summarise.ts';

/** Imports a dump folder or one of its files, or a live MongoDB by its address (see `importDump` and `importMongo`). */
export const importAny = async (
  deps: ImportDeps,
  source: string,
  options: ImportOptions = {},
): Promise<ImportSummary> =>
  isMongoUrl(source) ? await importMongo(deps, source, options) : await importDump(deps, source, options);
