import { omit } from '../../domain/changes.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { provenance } from '../apply/guard.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { domainFields } from './labels.ts';
import { comparedFields, ownedTypesInfo } from './record-view.ts';

/** A field, and what people call it. */
export type NamedField = { readonly field: string; readonly label: string };

/** Written although no mapping names them: the MLS's word follows from the status, an opt-out has a field in every lead. */
const written = ['mlsStatus', 'emailOptOut'] as const;

/**
 * The fields of a record type that are never written back, because the mapping does not say where the old CRM has them, or
 * because they stay where they were written (notes): a change to one stays in openhouse. By label; none if the mapping lacks the whole type.
 */
export const unwrittenFields = (recordType: OwnedType, mapping: CompiledMapping): readonly NamedField[] => {
  const type = mapping.types[ownedTypesInfo[recordType].mapped];
  if (type === undefined) return [];
  const labels = omit({ ...domainFields[recordType] }, [
    ...provenance,
    ...written,
    ...comparedFields(recordType, type),
  ]);
  return Object.entries(labels)
    .map(([field, label]) => ({ field, label }))
    .sort((one, other) => one.label.localeCompare(other.label));
};
