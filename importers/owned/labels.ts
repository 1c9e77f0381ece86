import { agentFields } from '../../domain/agent/fields.ts';
import type { Fields } from '../../domain/catalogue/field.ts';
import { leadFields } from '../../domain/lead/fields.ts';
import { listingFields } from '../../domain/listing/fields.ts';
import { type OwnedType, ownedTypes } from '../../domain/ownership/index.ts';
import type { ConflictReason } from '../differences/selecting.ts';

const labelsOf = (fields: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([name, { label }]) => [name, label]));

/** What people call the fields of each record type. */
export const domainFields: Readonly<Record<OwnedType, Readonly<Record<string, string>>>> = {
  listing: labelsOf(listingFields),
  lead: { ...labelsOf(leadFields), emailOptOut: 'Opted out of e-mail' },
  agent: labelsOf(agentFields),
};

/** What people call a field of some record type. */
export const fieldLabel = (name: string): string =>
  ownedTypes.flatMap((type) => domainFields[type][name] ?? [])[0] ?? name;

/** What people call the reason for a conflict. */
export const reasonWords: Readonly<Record<ConflictReason, string>> = {
  edited: 'edited in the old CRM',
  deleted: 'deleted in the old CRM',
  mapping: 'only read differently',
};

/**
 * The fields of a record type, or of any, that a person named by their names or labels, in any case; `unknown` is what none of them is
 * called. @param among only these fields count, by name
 */
export const fieldsCalled = (
  given: readonly string[],
  aggregate: OwnedType | undefined,
  among?: readonly string[],
): { readonly fields: readonly string[]; readonly unknown: readonly string[] } => {
  const known = (aggregate === undefined ? ownedTypes : [aggregate]).flatMap((type) =>
    (among ?? Object.keys(domainFields[type])).map((name) => [name, domainFields[type][name] ?? name] as const),
  );
  const found = given.map((text) => {
    const wanted = text.trim().toLowerCase();
    const names = known.flatMap(([name, label]) =>
      [name, label].some((one) => one.toLowerCase() === wanted) ? [name] : [],
    );
    return { text: text.trim(), names };
  });
  return {
    fields: [...new Set(found.flatMap(({ names }) => names))],
    unknown: found.flatMap(({ text, names }) => (names.length === 0 ? [text] : [])),
  };
};
