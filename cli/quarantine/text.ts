import type { RecordName } from '../../domain/catalogue/field.ts';
import { eventLabel, labelOf } from '../../domain/record-fields.ts';
import type { Warning } from '../../domain/values.ts';
import { formatField } from '../../history/format.ts';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import { adviceFor, isWaiting, unreadAdvice, warningAdvice } from '../../importers/quarantine/advice.ts';
import type { Outcome } from '../../importers/quarantine/outcome.ts';
import type { ReadNow } from '../../importers/quarantine/read-now.ts';
import type { Retried } from '../../importers/quarantine/retry-entries.ts';
import { valueAtFault } from '../../importers/quarantine/value-at-fault.ts';
import { collectionLabel, fieldLabel, recordIn } from '../../importers/reporting/collection-labels.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import type { QuarantineEdit, QuarantineRow } from '../../queries/importing/quarantine.ts';
import { counted, number } from '../output/words.ts';

export const editCommand = (id: string, path: string): string =>
  `openhouse quarantine edit ${id} --set ${path || '<path>'}=… --because "…"`;

/** Everything about an entry. */
export const entryText = (
  { row, edits, now }: { row: QuarantineRow; edits: readonly QuarantineEdit[]; now: ReadNow | null },
  timeZone: string,
): string => {
  const time = (at: Date) => formatMinute(at, timeZone);
  const dismissed =
    row.dismissedAt === null
      ? undefined
      : `dismissed ${time(row.dismissedAt)} by ${row.dismissedBy}: ${row.dismissedBecause}`;
  const state =
    row.goneAt !== null
      ? `left ${time(row.goneAt)}: no longer found in the old CRM, or left out by the mapping${dismissed === undefined ? '' : ` (${dismissed})`}`
      : row.resolvedAt !== null
        ? `resolved ${time(row.resolvedAt)}`
        : (dismissed ?? 'open');
  const value = valueAtFault(row);
  const mapping = row.mapping === null ? 'not known' : `${row.mapping} (version ${row.mappingVersion})`;
  return [
    `Entry ${row.quarantineId}: ${collectionLabel(row.collection)}, ${row.legacyId ?? '(without an ID)'}`,
    `  ${quarantineLabel(row.collection, row.code)} (${row.code})${row.path === '' ? '' : ` at ${row.path}`}${value === null ? '' : `: ${JSON.stringify(value)}`}`,
    `  ${row.reason}`,
    ...(row.resolvedAt === null && row.goneAt === null
      ? [`  ${adviceFor(row, (path) => editCommand(row.quarantineId, path))}`]
      : []),
    `  State: ${state}`,
    `  First seen ${time(row.firstSeenAt)}, last seen ${time(row.lastSeenAt)}, tried ${counted(row.attempts, 'time')}, in ${row.place}`,
    `  Mapping: ${mapping}`,
    `  Version of the document: ${row.contentHash}`,
    ...edits.map((edit) => editLine(edit, row, timeZone)),
    ...(now === null ? [] : ['', ...nowLines(now, row)]),
    '',
    row.raw,
    ...(row.whole ? [] : ['… (--json does not shorten it)']),
  ].join('\n');
};

const editLine = (edit: QuarantineEdit, row: QuarantineRow, timeZone: string): string => {
  const changes = edit.changes.map((change) =>
    change.unset ? `${change.path} removed` : `${change.path}=${JSON.stringify(change.value)}`,
  );
  const former = edit.contentHash === row.contentHash ? '' : ' (an earlier version of the document)';
  return `  Corrected ${formatMinute(edit.editedAt, timeZone)} by ${edit.editedBy}${former}: ${changes.join(', ')}, because: ${edit.because}`;
};

const nowLines = (now: ReadNow, { collection, code, refusedYN, resolvedAt }: QuarantineRow): string[] =>
  now.understood
    ? [
        `With the present mapping and readers it is understood${refusedYN && resolvedAt === null ? ', but its record is refused' : ''} (references are not looked up here)${Object.keys(now.fields).length + now.warnings.length === 0 ? '.' : ':'}`,
        ...fieldLines(recordIn(collection), now.fields),
        ...warningLines(collection, now.warnings),
        ...(resolvedAt === null && !refusedYN && !isWaiting(code)
          ? ['Import it with `openhouse quarantine retry`.']
          : []),
      ]
    : [`With the present mapping and readers it stays here: ${now.reason.reason}`];

const fieldLines = (record: RecordName | undefined, fields: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(fields).map(([name, value]) =>
    record === undefined
      ? `    ${name}: ${JSON.stringify(value)}`
      : `    ${labelOf(record, name)}: ${formatField(record, name, value)}`,
  );

const warningLines = (collection: string, warnings: readonly Warning[]): string[] =>
  warnings.map(
    ({ field, code, found }) =>
      `    Not understood: ${fieldLabel(collection, field)}: ${warningAdvice(recordIn(collection), { field, code })}${found ? ` (${found})` : ''}`,
  );

/** Each event once, with how often it happened. */
const eventLines = (events: Outcome['events']): string[] => {
  const counts = new Map<string, number>();
  for (const { aggregate, recordKey, type } of events) {
    const line = `    ${eventLabel(type)} (${aggregate} ${recordKey})`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line}, ${number(count)} times`));
};

/** What a correction did, or would do. */
export const outcomeText = (outcome: Outcome, collection: string, dryRun: boolean): string => {
  const would = (done: string, wouldDo: string) => (dryRun ? wouldDo : done);
  const { record, events } = outcome;
  const head = outcome.resolved
    ? record === null
      ? would('It left the quarantine.', 'It would leave the quarantine.')
      : `${would('It left the quarantine', 'It would leave the quarantine')} and ${record.shared ? would('is part of', 'be part of') : would('is', 'be')} the ${record.aggregate} ${record.recordKey}:`
    : `${would('It is still in quarantine', 'It would stay in quarantine')}: ${outcome.reason!.reason}`;
  const unread = unreadAdvice(outcome, (field) => fieldLabel(collection, field));
  return [
    head,
    ...(unread === undefined ? [] : [unread]),
    ...(record === null ? [] : fieldLines(recordIn(collection), record.fields)),
    ...warningLines(collection, outcome.warnings),
    ...(events.length === 0 ? [] : [would('Events:', 'Events that would be appended:')]),
    ...eventLines(events),
    ...outcome.alsoResolved.map(
      ({ collection: other, count }) =>
        `${would('Also left the quarantine', 'Would also leave the quarantine')}: ${number(count)} in ${collectionLabel(other)}`,
    ),
    ...outcome.notes.map((note) => `Note: ${note}`),
    ...(dryRun ? ['Nothing was changed: run it without --dry-run to apply it.'] : []),
  ].join('\n');
};

/** What became of documents that were read again. */
export const retriedText = ({ tried, resolved, still, eventCount, notes }: Retried, dryRun: boolean): string =>
  [
    tried === 0
      ? 'Nothing in quarantine fits. `openhouse quarantine list` shows what there is.'
      : `${counted(tried, 'document')} ${tried === 1 ? 'was' : 'were'} read again.`,
    ...resolved.map(
      ({ collection, count }) =>
        `  ${number(count)} in ${collectionLabel(collection)} ${dryRun ? 'would leave' : 'left'} the quarantine`,
    ),
    ...still.map(
      ({ collection, code, count }) =>
        `  ${number(count)} in ${collectionLabel(collection)} ${dryRun ? 'would stay' : count === 1 ? 'stays' : 'stay'}: ${quarantineLabel(collection, code)} (${code})`,
    ),
    ...(tried === 0 ? [] : [`${counted(eventCount, 'event')} ${dryRun ? 'would be appended' : 'appended'}.`]),
    ...notes.map((note) => `Note: ${note}`),
    ...(dryRun ? ['Nothing was changed: run it without --dry-run to apply it.'] : []),
  ].join('\n');
