import type { DateOrder } from '../../legacy/fields/times/written-date.ts';
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

/** Which number of a date is the day, where the mapping says so. */
export const dateOrdersOf = (
  mapping: CompiledMapping,
  type: RecordTypeName,
  name?: string,
): ((slot: string, path: string) => DateOrder | undefined) => {
  const all = fieldsOf(mapping, type, name);
  return (slot, path) => {
    const said = all.flatMap(({ [slot]: field }) =>
      (field?.from ?? []).flatMap((place) => (place.path === path ? [place.dateOrder ?? field?.dateOrder] : [])),
    );
    return said.find((order) => order !== undefined);
  };
};
