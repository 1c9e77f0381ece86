import type { RecordName } from '../../domain/catalogue/field.ts';
import { labelOf } from '../../domain/record-fields.ts';

/** Labels of the old CRM's collections, in the order in which they are shown. */
const labels: Readonly<Record<string, string>> = {
  users: 'Agents',
  contacts: 'Leads',
  properties: 'Listings',
  savedsearches: 'Saved searches',
  leadassignments: 'Assignments',
  activities: 'Activities',
  alerts_sent: 'Alerts already sent',
};

export const collectionLabel = (collection: string): string => labels[collection] ?? collection;

const records: Readonly<Record<string, RecordName>> = {
  users: 'agent',
  contacts: 'lead',
  properties: 'listing',
  savedsearches: 'savedSearch',
};

/** The kind of record that a collection's documents become; `undefined` if they become something else. */
export const recordIn = (collection: string): RecordName | undefined => records[collection];

/** The label of a field, also of those of a lead's history; a path of the old CRM, in words. */
export const fieldLabel = (collection: string, field: string): string => {
  if (field === '') return 'the whole document';
  return field === 'at' ? 'When' : labelOf(recordIn(collection) ?? 'lead', field);
};

const order = Object.keys(labels);

/** Sorts collections as they are shown; others come last, by name. */
export const byShownOrder = (one: string, other: string): number => {
  const [first, second] = [order.indexOf(one), order.indexOf(other)];
  if (first >= 0 && second >= 0) return first - second;
  return first >= 0 ? -1 : second >= 0 ? 1 : one.localeCompare(other);
};
