import type { AnyDatabase } from '../../importers/database.ts';
import type { CompiledMapping } from '../../importers/mappings/compile.ts';
import { mappingOnFile } from '../../importers/mappings/kept-mappings.ts';
import { loadMapping } from '../../importers/mappings/load-mapping.ts';
import type { Context } from '../context.ts';

/** The mapping that documents on file are read with: the one asked for, OPENHOUSE_MAPPING, or that of the last import. */
export const mappingFor = async (
  context: Context,
  db: AnyDatabase,
  asked: string | undefined,
): Promise<CompiledMapping> => {
  const named = asked ?? context.config().mapping;
  return named === undefined ? await mappingOnFile(db) : await loadMapping(named);
};
