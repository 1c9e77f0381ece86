import type { RecordName } from '../../domain/catalogue/field.ts';
import { eventLabel, labelOf, recordFields } from '../../domain/record-fields.ts';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import type { FieldChange } from '../../importers/remap/field-changes.ts';
import type { Remapped, RemappedCollection } from '../../importers/remap/remap.ts';
import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import { counted, number } from '../output/words.ts';

/** What reading documents again did, or would do. */
export const remapText = (done: Remapped, dryRun: boolean): string =>
  [
    `Read again with the mapping ${done.mapping.name} (${done.mapping.version}):`,
    ...done.collections.flatMap((collection) => collectionLines(collection, dryRun)),
    ...(done.fields.length === 0 ? [] : [dryRun ? 'Records that would be corrected:' : 'Records corrected:']),
    ...done.fields.flatMap(fieldLines),
    ...(done.events.length === 0 ? [] : [dryRun ? 'Events that would be appended:' : 'Events:']),
    ...done.events.map(({ aggregate, type, count }) => `    ${number(count)} ${eventLabel(type)} (${aggregate})`),
    ...(done.events.length === 0 ? ['Nothing has another meaning now.'] : []),
    ...done.notes.map((note) => `Note: ${note}`),
    ...(dryRun ? ['Nothing was changed: run it without --dry-run to apply it.'] : []),
  ].join('\n');

const collectionLines = (collection: RemappedCollection, dryRun: boolean): string[] => {
  const { onFile, read, unchanged, changed, quarantined, resolved, leftOut, notKept } = collection;
  const name = collection.collection;
  const line = (count: number, text: string) => (count === 0 ? [] : [`    ${number(count)} ${text}`]);
  return [
    `  ${collectionLabel(name)}: ${counted(onFile.documents, 'document')} on file`,
    ...line(onFile.alreadyRead, 'already read with it'),
    ...line(read, 'read again'),
    ...line(unchanged, 'with the same meaning'),
    ...line(changed, 'with another meaning'),
    ...line(resolved, dryRun ? 'would leave the quarantine' : 'left the quarantine'),
    ...Object.entries(quarantined).flatMap(([code, count]) =>
      line(count, `${dryRun ? 'would be' : ''} in quarantine: ${quarantineLabel(name, code)} (${code})`.trimStart()),
    ),
    ...line(onFile.newerInQuarantine, 'of which a newer version is in quarantine: that one is read'),
    ...line(leftOut, 'left out by the filter of the mapping: their records stay as they are'),
    ...line(
      notKept,
      'imported by an earlier release, which did not keep the documents: import them again, or give their source with --from',
    ),
  ];
};

const fieldLines = ({ aggregate, field, records, samples }: FieldChange): string[] => {
  const label = aggregate in recordFields ? labelOf(aggregate as RecordName, field) : field;
  return [
    `    ${number(records)} ${label}`,
    ...samples.map(
      ({ recordKey, before, after }) => `        ${before ?? '(empty)'} → ${after ?? '(empty)'}  (${recordKey})`,
    ),
  ];
};
