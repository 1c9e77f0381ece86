import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import { compileMapping, type MappedType } from '../../mappings/compile.ts';
import type { MappingFile } from '../../mappings/schema.ts';
import { isReadWith } from '../../readers-version.ts';

/**
 * Of documents that are not found any more, those that the mapping may have left out, and that the old CRM may still have: they
 * were last read with a mapping that took other documents for this type than the present one does.
 */
export const leftOutByMapping = async (
  db: AnyDatabase,
  type: MappedType,
): Promise<(document: { readonly readers: string }) => boolean> => {
  const { rows } = await sql<{ file: MappingFile }>`select file from ops.import_mapping`.execute(db);
  const taken = takenBy(type);
  const others = rows.flatMap(({ file }) => {
    const then = compileMapping(file).types[type.type];
    return then === undefined || takenBy(then) === taken ? [] : [then];
  });
  return ({ readers }) => others.some((then) => isReadWith(readers, then));
};

/** What a mapping takes for a type: collections and filters. */
const takenBy = ({ collections }: MappedType): string =>
  JSON.stringify(collections.map(({ name, where = [] }) => [name, where]));
