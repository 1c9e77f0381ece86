import { agentFields } from '../../domain/agent/fields.ts';
import type { Fields } from '../../domain/catalogue/field.ts';
import { leadFields } from '../../domain/lead/fields.ts';
import { listingFields } from '../../domain/listing/fields.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';

const labelsOf = (fields: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([name, { label }]) => [name, label]));

/** What people call the fields of each record type. */
export const domainFields: Readonly<Record<OwnedType, Readonly<Record<string, string>>>> = {
  listing: labelsOf(listingFields),
  lead: { ...labelsOf(leadFields), emailOptOut: 'Opted out of e-mail' },
  agent: labelsOf(agentFields),
};
