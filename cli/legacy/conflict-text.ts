import type { OwnedType } from '../../domain/ownership/index.ts';
import { formatField } from '../../history/format.ts';
import type { Conflict } from '../../importers/differences/conflicts.ts';
import type { ConflictGroup } from '../../importers/differences/selecting.ts';
import type { Rejected } from '../../importers/owned/deciding/decide-all.ts';
import type { Decision } from '../../importers/owned/deciding/decision.ts';
import type { Look } from '../../importers/owned/deciding/look.ts';
import { domainFields, fieldLabel, reasonWords } from '../../importers/owned/labels.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import { oneLine, shortened } from '../../platform/wording/words.ts';
import { renderTable } from '../output/table.ts';
import { counted, number } from '../output/words.ts';
import type { Called } from './record-called.ts';

/** A value of a field as people see it elsewhere, on one line. */
export const shownValue = (aggregate: OwnedType, field: string, value: unknown): string =>
  value === null || value === undefined ? '(empty)' : shortened(formatField(aggregate, field, value), 60);

/** The document's own `_id`, without our name for its collection. */
const idOf = (document: string): string => document.slice(document.indexOf('/') + 1);

/** Groups of conflicts, and how many conflicts there are in all. */
type Grouped = { readonly count: number; readonly groups: readonly ConflictGroup[] };

/**
 * A page of the open conflicts.
 * @param listed.count how many there are in all; `next`: after which number the next page begins
 * @param besides those that come from a changed mapping, of which many are alike, unless the person asks for them
 */
export const conflictsText = (
  listed: { readonly conflicts: readonly Conflict[]; readonly count: number; readonly next: string | null },
  besides: Grouped | undefined,
  called: Called,
  timeZone: string,
): string => {
  const { conflicts, count, next } = listed;
  if (count + (besides?.count ?? 0) === 0) return 'There are no open conflicts.';
  const table = renderTable(
    ['Number', 'Record', 'Document', 'Since', 'Reason', 'Fields'],
    conflicts.map(({ conflictId, aggregate, recordKey, document, reason, fields, firstSeenAt }) => [
      conflictId,
      `${aggregate} ${called(recordKey)}`,
      idOf(document),
      formatMinute(new Date(firstSeenAt), timeZone),
      reasonWords[reason],
      labelsOf(aggregate, Object.keys(fields)),
    ]),
  );
  const more = next === null ? '' : ` Next page: --after ${next}. --groups counts similar conflicts.`;
  return [
    ...(conflicts.length > 0 ? [table] : []),
    ...(count > 0 ? [`${number(count)} in all.${more}`] : []),
    ...(besides === undefined || besides.count === 0
      ? []
      : [
          'These documents have not changed, but are read differently now (`openhouse conflicts list --reason mapping` lists each):',
          '',
          groupsText(besides, timeZone),
          '',
          '`openhouse conflicts accept --reason mapping --dry-run` shows what accepting all of them would do.',
        ]),
  ].join('\n');
};

/** The open conflicts, counted by what they have in common. */
export const groupsText = ({ count, groups }: Grouped, timeZone: string): string =>
  count === 0 ? 'There are no open conflicts.' : groupsTable(groups, count, timeZone);

const labelsOf = (aggregate: Conflict['aggregate'], names: readonly string[]): string =>
  names.map((name) => domainFields[aggregate][name] ?? name).join(', ');

/** @param count of all conflicts, also those of the groups that are not shown */
const groupsTable = (groups: readonly ConflictGroup[], count: number, timeZone: string): string => {
  const table = renderTable(
    ['Conflicts', 'Type', 'Reason', 'Fields', 'Oldest'],
    groups.map(({ aggregate, reason, fields, count, oldest }) => [
      number(count),
      aggregate,
      reasonWords[reason],
      labelsOf(aggregate, fields),
      formatMinute(oldest, timeZone),
    ]),
  );
  const left = count - groups.reduce((sum, one) => sum + one.count, 0);
  return left > 0 ? `${table}\nand ${number(left)} more in smaller groups.` : table;
};

type Asked = {
  readonly action: Decision['action'];
  /** The fields to accept; `undefined`: all. */
  readonly only: readonly string[] | undefined;
  /** The command that does so. */
  readonly next: string;
  /** What is known of records that would become one, in sentences. */
  readonly joined?: readonly string[];
};

const consequence = ({ action, only }: Asked): string => {
  if (action === 'refuse') return 'Refusing overwrites the documents in the old CRM with openhouse\u2019s values.';
  if (only === undefined) return 'Accepting corrects these records: they get the old CRM\u2019s values.';
  const labels = only.map(fieldLabel).join(', ');
  return `Accepting corrects these records in ${labels}; their other fields are refused, and overwritten in the old CRM.`;
};

/** What a decision about many conflicts would be about. */
export const lookText = (look: Look, asked: Asked, called: Called, timeZone: string): string => {
  const { count, groups, samples } = look;
  return count === 0
    ? 'There are no such open conflicts.'
    : [
        `${counted(count, 'conflict')}. ${consequence(asked)}`,
        '',
        groupsTable(groups, count, timeZone),
        '',
        count > samples.length ? `${number(samples.length)} of them:` : 'In detail:',
        '',
        renderTable(
          ['Number', 'Record', 'Field', 'Old CRM', 'openhouse'],
          samples.flatMap(({ conflictId, aggregate, recordKey, fields }) =>
            Object.entries(fields).map(([name, { legacy, openhouse }], at) => [
              at === 0 ? conflictId : '',
              at === 0 ? `${aggregate} ${called(recordKey)}` : '',
              domainFields[aggregate][name] ?? name,
              shownValue(aggregate, name, legacy),
              shownValue(aggregate, name, openhouse),
            ]),
          ),
        ),
        '',
        ...(asked.joined === undefined || asked.joined.length === 0
          ? []
          : [
              `${look.joined.isComplete ? '' : 'At least '}${counted(look.joined.count, 'record')} would be merged with another:`,
              ...asked.joined,
              '',
            ]),
        `To do so: ${asked.next}`,
        'Conflicts that appear or change from now on stay open.',
      ].join('\n');
};

/** What a decision about many conflicts did. */
export const decisionText = (
  { action, acceptedFields, selected, decided, changed, rejected, unseen }: Decision,
  rejections: readonly Rejected[],
  stopped: boolean,
): string =>
  [
    `${action === 'accept' ? 'Accepted' : 'Refused'} ${number(decided)} of ${counted(selected, 'conflict')}.`,
    ...(changed === 0
      ? []
      : [
          stopped
            ? `${number(changed)} were not decided any more, or had changed, and stay open.`
            : `${number(changed)} had changed, or someone else decided about them.`,
        ]),
    ...(rejected === 0 ? [] : [`${number(rejected)} stay open because their values are not valid for the records:`]),
    ...rejections.map(({ conflictId, message }) => `  ${conflictId}: ${message}`),
    ...(unseen === 0 ? [] : [`${number(unseen)} appeared or changed after you looked, and stay open.`]),
    ...(action === 'refuse' && decided > 0
      ? ['The next runs of write-back overwrite the documents in the old CRM.']
      : acceptedFields !== null && decided > 0
        ? ['The next runs of write-back overwrite their other fields in the old CRM.']
        : []),
  ].join('\n');

export const conflictText = (conflict: Conflict, called: Called): string => {
  const { conflictId, aggregate, recordKey, document, reason, fields, resolution, resolvedBy, because } = conflict;
  const head = `Conflict ${conflictId}: ${aggregate} ${called(recordKey)}, document ${idOf(document)}, ${reasonWords[reason]}`;
  const state =
    resolution === null
      ? 'Open: `openhouse conflicts accept` takes over the old CRM\u2019s values, `openhouse conflicts refuse` overwrites them with openhouse\u2019s.'
      : `${resolution}${resolvedBy === null ? '' : ` by ${resolvedBy}`}${because === null ? '' : `: ${because}`}`;
  const partly = Object.values(fields).some(({ acceptedYN }) => acceptedYN !== undefined);
  const table = renderTable(
    ['Field', 'Before', 'Old CRM', 'openhouse', ...(partly ? ['Decision'] : [])],
    Object.entries(fields).map(([name, { before, legacy, openhouse, acceptedYN }]) => [
      domainFields[aggregate][name] ?? name,
      shownValue(aggregate, name, before),
      shownValue(aggregate, name, legacy),
      shownValue(aggregate, name, openhouse),
      ...(partly ? [acceptedYN === true ? 'accepted' : 'refused'] : []),
    ]),
  );
  return [oneLine(head), oneLine(state), '', table].join('\n');
};
