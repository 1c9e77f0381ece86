import { type Fields, legacyIds, ours, structure, timestamp } from './field.ts';

const origin = {
  modificationTimestamp: timestamp('Last modified in the source'),
  legacyIds: ours(legacyIds('IDs in the old CRM')),
} as const satisfies Fields;

const warnings = ours(structure('Warnings', '[{"field":"…","code":"…","found":"…"}]'));

/** What a record keeps about its source. */
export const sourceFields = { ...origin, warnings } as const satisfies Fields;

/** The same for a record that may be merged from several documents, which may disagree. */
export const mergedSourceFields = {
  ...origin,
  otherValues: ours(structure('Other values in the old CRM', '[{"field":"…","value":"…","legacyId":"…"}]')),
  warnings,
} as const satisfies Fields;
