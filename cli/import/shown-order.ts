import { byShownOrder, fieldLabel } from '../../importers/reporting/collection-labels.ts';
import type { DataQuality } from '../../importers/reporting/data-quality.ts';

/** The same, sorted by what people see: collections in the order of the record types, fields by their labels. */
export const inShownOrder = (quality: DataQuality): DataQuality => {
  const byCollection = <Row extends { readonly collection: string }>(rows: readonly Row[]): Row[] =>
    [...rows].sort((one, other) => byShownOrder(one.collection, other.collection));
  const label = ({ collection, field }: DataQuality['fields'][number]) => fieldLabel(collection, field).toLowerCase();
  return {
    ...quality,
    fields: byCollection([...quality.fields].sort((one, other) => label(one).localeCompare(label(other)))),
    orphans: byCollection(quality.orphans),
    duplicates: byCollection(quality.duplicates),
    kept: byCollection(quality.kept),
    unread: Object.fromEntries(Object.entries(quality.unread).sort(([one], [other]) => byShownOrder(one, other))),
  };
};
