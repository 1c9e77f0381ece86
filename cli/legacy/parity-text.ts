import type { OwnedType } from '../../domain/ownership/index.ts';
import { referredTo } from '../../domain/record-fields.ts';
import { domainFields } from '../../importers/owned/labels.ts';
import type { Differing, Parity } from '../../importers/owned/parity.ts';
import { ownedTypesInfo } from '../../importers/owned/record-view.ts';
import type { Repair, Repaired } from '../../importers/owned/repair.ts';
import type { WithoutRecord } from '../../importers/owned/without-record.ts';
import { counted, number } from '../../platform/wording/words.ts';
import { shownValue } from './conflict-text.ts';
import { typeNames } from './ownership-text.ts';
import type { Called } from './record-called.ts';

const actions: Readonly<Record<Repair['action'], readonly [done: string, planned: string]>> = {
  read: ['its document was read', 'its document would be read'],
  correct: ['corrected', 'would be corrected'],
  // By the next run of write-back, which openhouse start does within seconds.
  'write-back': ['will be written back by the next run', 'would be written back'],
  none: ['left alone', 'left alone'],
};

const places: Readonly<Record<Differing['where'], string>> = {
  both: '',
  'only-legacy': ': only in the old CRM',
  'only-openhouse': ': only in openhouse',
  unreadable: ': the mapping leaves out its document in the old CRM, or that document cannot become a record',
};

const fieldsText = (recordType: OwnedType, { where, fields }: Differing, called: Called): readonly string[] =>
  where === 'both'
    ? fields.map(({ field, legacy, openhouse }) => {
        const isKey = referredTo(recordType, field) !== undefined;
        const shown = (value: unknown) =>
          isKey && typeof value === 'string' ? called(value) : shownValue(recordType, field, value);
        return `    ${domainFields[recordType][field] ?? field}: old CRM: ${shown(legacy)}; openhouse: ${shown(openhouse)}`;
      })
    : [];

/** The keys of all records that a text about these names: their own, and those that their fields refer to. */
export const keysNamed = (
  recordType: OwnedType,
  records: readonly Pick<Differing, 'recordKey' | 'fields'>[],
): string[] =>
  records.flatMap(({ recordKey, fields }) => [
    recordKey,
    ...fields
      .filter(({ field }) => referredTo(recordType, field) !== undefined)
      .flatMap(({ legacy, openhouse }) => [legacy, openhouse].filter((value) => typeof value === 'string')),
  ]);

const andMore = (count: number, shown: readonly unknown[]): readonly string[] =>
  count > shown.length && shown.length > 0 ? ['  … and more; --all shows all of them.'] : [];

/** What a repair did, or would do. */
export const repairText = (
  { recordType, owner, corrected, writtenBack, leftAlone, repairs }: Repaired,
  done: boolean,
  called: Called,
): string =>
  [
    `${typeNames[recordType]}, owned by ${owner === 'legacy' ? 'the old CRM' : 'openhouse'}: ` +
      (corrected + writtenBack + leftAlone === 0
        ? 'nothing to repair'
        : `${number(corrected)} ${done ? 'corrected' : 'would be corrected'} here, ` +
          `${number(writtenBack)} ${done ? 'to be written back' : 'would be written back'}, ${number(leftAlone)} left alone`),
    ...repairs.flatMap((repair) => [
      `  ${called(repair.recordKey)}: ${actions[repair.action][done ? 0 : 1]}${repair.why === null ? '' : `: ${repair.why}`}`,
      ...fieldsText(recordType, repair, called),
    ]),
    ...andMore(corrected + writtenBack + leftAlone, repairs),
    ...(done || corrected + writtenBack === 0 ? [] : ['Nothing was changed: add --yes --because "…" to do it.']),
  ].join('\n');

const withoutRecordText = (
  recordType: OwnedType,
  { notRead, inQuarantine, dismissed }: WithoutRecord,
): readonly string[] => {
  const count = notRead + inQuarantine + dismissed;
  if (count === 0) return [];
  const those = [
    ...(notRead === 0 ? [] : [`${number(notRead)} not read yet (\`openhouse jobs\` shows the last run of following)`]),
    ...(inQuarantine === 0
      ? []
      : [
          `${number(inQuarantine)} in quarantine (\`openhouse quarantine list --collection ${ownedTypesInfo[recordType].mapped}\`)`,
        ]),
    ...(dismissed === 0 ? [] : [`${number(dismissed)} dismissed`]),
  ];
  return [
    `  ${counted(count, 'document')} in the old CRM ${count === 1 ? 'is' : 'are'} not in any record: ${those.join(', ')}`,
  ];
};

/** The counts of a comparison, and the first records that differ. */
export const parityText = (
  { recordType, documents, records, same, differing, onlyLegacy, onlyOpenhouse, kept, examples }: Parity,
  withoutRecord: WithoutRecord,
  called: Called,
): string =>
  [
    `${typeNames[recordType]}: ${counted(records, 'record')}, ${counted(documents, 'document')}; ${number(same)} the same, ` +
      `${number(differing)} ${differing === 1 ? 'differs' : 'differ'}, ${number(onlyLegacy)} only in the old CRM, ` +
      `${number(onlyOpenhouse)} only in openhouse`,
    ...(kept === 0
      ? []
      : [
          `  in addition, ${counted(kept, 'record')} ${kept === 1 ? 'is' : 'are'} kept without ${kept === 1 ? 'its' : 'their'} documents (\`openhouse import report\` says why)`,
        ]),
    ...withoutRecordText(recordType, withoutRecord),
    ...examples.flatMap((one) => [
      `  ${called(one.recordKey)}${places[one.where]}`,
      ...fieldsText(recordType, one, called),
    ]),
    ...andMore(differing + onlyLegacy + onlyOpenhouse, examples),
  ].join('\n');
