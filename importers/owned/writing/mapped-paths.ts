import type { CompiledMapping } from '../../mappings/compile.ts';
import type { RecordTypeName } from '../../mappings/record-types.ts';
import type { MappedFields } from '../../mappings/schema.ts';

/**
 * A record type's fields as a mapping has them for each of its collections.
 *
 * @param name only those of this collection, as the old CRM calls it
 */
export const fieldsOf = ({ file }: CompiledMapping, type: RecordTypeName, name?: string): readonly MappedFields[] => {
  const { collections, fields } = file[type] ?? { collections: [], fields: {} };
  return collections.flatMap((one) =>
    name === undefined || one.name === name ? [{ ...(fields as MappedFields), ...one.fields }] : [],
  );
};

/** The paths of a slot in the mapping's own order; see `fieldsOf`. */
export const pathsOf = (
  mapping: CompiledMapping,
  type: RecordTypeName,
  name?: string,
): ((slot: string) => readonly string[]) => {
  const all = fieldsOf(mapping, type, name);
  return (slot) => [...new Set(all.flatMap((fields) => fields[slot]?.from.map(({ path }) => path) ?? []))];
};
