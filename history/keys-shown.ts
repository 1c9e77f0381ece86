import type { RecordName } from '../domain/catalogue/field.ts';
import { fieldOf, referredTo } from '../domain/record-fields.ts';
import type { HistoryEntry } from './read-history.ts';
import type { RecordFields } from './record-types.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Names in events that are keys of records, without being fields of the record. */
export const keysInEvents: Readonly<Record<string, RecordName>> = {
  memberKey: 'agent',
  contactKey: 'lead',
  listingKey: 'listing',
  savedSearchKey: 'savedSearch',
  previousListAgentKey: 'agent',
  previousOwnerMemberKey: 'agent',
};

/** Whether a field only means something to programs (the key of an offer): people are not shown it. */
export const isInternal = (record: RecordName, fieldName: string): boolean => {
  const field = fieldOf(record, fieldName);
  return fieldName === 'offerKey' || (field?.kind === 'key' && field.of === undefined && field.ours === true);
};

/** Everything in a record's history that may be the key of a record, to look up its name. */
export const keysShown = (
  record: RecordName,
  entries: readonly HistoryEntry[],
  fields: RecordFields,
): ReadonlySet<string> => {
  const keys = new Set<string>();
  const collect = (value: unknown, isKey: boolean): void => {
    if (typeof value === 'string') {
      if (isKey || uuid.test(value)) keys.add(value);
    } else if (Array.isArray(value)) for (const item of value) collect(item, isKey);
    else if (typeof value === 'object' && value !== null)
      for (const [name, part] of Object.entries(value)) collect(part, Object.hasOwn(keysInEvents, name));
  };
  const note = (name: string, value: unknown) =>
    collect(value, referredTo(record, name) !== undefined || Object.hasOwn(keysInEvents, name));
  for (const [name, value] of Object.entries(fields)) note(name, value);
  for (const { changes, details } of entries) {
    for (const { fieldName, previousValue, newValue } of changes) {
      note(fieldName, previousValue);
      note(fieldName, newValue);
    }
    for (const [name, value] of Object.entries(details)) note(name, value);
  }
  return keys;
};
