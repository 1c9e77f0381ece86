import type { RecordName } from '../../domain/catalogue/field.ts';
import { valuesOf } from '../../domain/record-fields.ts';
import type { Warning } from '../../domain/values.ts';
import { repairs, warningMeaning } from '../../domain/warning-codes.ts';
import { oneOf } from '../legacy/mapping.ts';
import type { Outcome } from './outcome.ts';

/** Whether a document waits for another one, which it refers to and which has not been imported. */
export const isWaiting = (code: string): boolean => /-not-found$/.test(code);

/** What a person can do about a reason, as a sentence. @param edit how a value is corrected where the sentence is shown */
export const adviceFor = (
  { code, path, refusedYN }: { readonly code: string; readonly path: string; readonly refusedYN: boolean },
  edit: (path: string) => string,
): string => {
  if (code === 'stream-deleted')
    return 'Nothing can be added to a history that was deleted for good: dismiss it, or delete the document in the old CRM.';
  if (code === 'too-large') return `Remove or shorten what is not needed, here or in the old CRM: ${edit('')}`;
  // The path is a field of the record, which the mapping may fill from several places.
  if (refusedYN) return `Every import tries it again. Correct it here or in the old CRM: ${edit('')}`;
  // Its reason says that it is imported as soon as that is.
  if (isWaiting(code)) return `If it refers to the wrong one: ${edit(path)}`;
  if (/^not-(?:bson|json)$/.test(code)) return 'It cannot be read, so correct it in the old CRM, or dismiss it.';
  if (code === 'id-twice')
    return `Delete one of them in the old CRM, or give this one an _id of its own: ${edit('_id')}`;
  return `Correct it here or in the old CRM: ${edit(path)}`;
};

const all = new Intl.ListFormat('en-GB');

/**
 * What to do about a correction of paths that nothing reads, as a sentence; `undefined` if all are read.
 *
 * @param label the label of a field
 */
export const unreadAdvice = (
  { unread, resolved }: Pick<Outcome, 'unread' | 'resolved'>,
  label: (field: string) => string,
): string | undefined => {
  if (unread === null) return undefined;
  const { paths, fault } = unread;
  const said = `Nothing reads ${all.format(paths.map((path) => `\`${path}\``))} in such documents.`;
  if (fault === null || resolved) return said;
  return `${said} ${label(fault.field)} is read from ${oneOf(fault.from.map((path) => `\`${path}\``))}.`;
};

/** What was not understood, and for a field that is one of a few values, what it can be. */
export const warningAdvice = (
  record: RecordName | undefined,
  { field, code }: Pick<Warning, 'field' | 'code'>,
): string => {
  const values = record === undefined || repairs.includes(code) ? [] : valuesOf(record, field);
  const meaning = warningMeaning(code) ?? 'Not understood.';
  return values.length === 0 ? meaning : `${meaning} It can be ${oneOf(values)}.`;
};
