import { agentFields, agentImplied } from './agent/fields.ts';
import type { Field, Fields, RecordName } from './catalogue/field.ts';
import { leadFields, leadImplied } from './lead/fields.ts';
import { listingFields, listingImplied } from './listing/fields.ts';
import { criteriaFields, savedSearchFields, savedSearchImplied } from './saved-search/fields.ts';

const { criteria: _, ...searchFields } = savedSearchFields;

/** All fields that a record's history can show, with each criterion separately (`criteria.cities`). */
export const recordFields: Readonly<Record<RecordName, Fields>> = {
  listing: { ...listingFields, ...listingImplied },
  lead: { ...leadFields, ...leadImplied },
  agent: { ...agentFields, ...agentImplied },
  savedSearch: {
    ...searchFields,
    ...Object.fromEntries(Object.entries(criteriaFields).map(([name, field]) => [`criteria.${name}`, field])),
    ...savedSearchImplied,
  },
};

export const fieldOf = (record: RecordName, name: string): Field | undefined =>
  Object.hasOwn(recordFields[record], name) ? recordFields[record][name] : undefined;

/**
 * The label of a field: `List price`. If no catalogue has the field, its name is split into words: `previousStatus` is
 * "Previous status", and `memberKey`, which people see as a name, is "Agent": what RESO calls a member or a contact, people call an
 * agent or a lead.
 */
export const labelOf = (record: RecordName, name: string): string =>
  fieldOf(record, name)?.label ?? inWords(recordNamed(name));

const recordNamed = (name: string): string =>
  name
    .replace(/member(?=Keys?$)/i, (found) => (found === 'member' ? 'agent' : 'Agent'))
    .replace(/contact(?=Keys?$)/i, (found) => (found === 'contact' ? 'lead' : 'Lead'))
    .replace(/(?<=[a-z])Key(?=s?$)/, '');

/** The values of a field that is one of a few, or several of them; none for any other field. */
export const valuesOf = (record: RecordName, name: string): readonly string[] => {
  const field = fieldOf(record, name);
  return field?.kind === 'choice' || field?.kind === 'choices' ? field.values : [];
};

/** The label of an event type: `ListPriceChanged` is "List price changed". */
export const eventLabel = (type: string): string => inWords(type);

const inWords = (name: string): string => {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/\S+/g, (word) => (/^[A-Z]{3,}$/.test(word) ? word : word.toLowerCase()));
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The kind of record whose key a field has; `undefined` if the field is not a key of ours. */
export const referredTo = (record: RecordName, name: string): RecordName | undefined => {
  const field = fieldOf(record, name);
  return field?.kind === 'key' || field?.kind === 'keys' ? field.of : undefined;
};
