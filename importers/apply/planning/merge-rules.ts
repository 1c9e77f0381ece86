import { agentUnits } from '../../../domain/agent/fields.ts';
import { isPlaceholderName, isScrapped } from '../../../domain/identity/person-name.ts';
import { leadUnits } from '../../../domain/lead/fields.ts';
import { listingUnits } from '../../../domain/listing/fields.ts';
import type { MergeRules } from './merge.ts';

type Fields = Readonly<Record<string, unknown>>;

const has = (fields: Fields, ...names: readonly string[]) => names.every((name) => name in fields);

/** A full name is better than half a name, both are better than "Bob (dup)", and that is better than "Dup". */
const rankOfName = (unit: Fields): number =>
  isPlaceholderName(unit)
    ? -1
    : isScrapped(unit)
      ? 0
      : has(unit, 'firstName', 'lastName')
        ? 2
        : has(unit, 'firstName') || has(unit, 'lastName')
          ? 1
          : 0;

/**
 * The best document decides the name, the budget and the phone number; tags, notes and areas are collected from all
 * documents.
 */
export const leadRules: MergeRules = {
  units: leadUnits,
  rank: rankOfName,
  joined: ['cities', 'postalCodes', 'languages', 'tags', 'notes'],
};

/** A street with a town can be located; either one alone is worth less. */
const rankOfAddress = (unit: Fields): number => {
  if (!('unparsedAddress' in unit)) return 0;
  return 'city' in unit || 'postalCode' in unit ? 2 : 1;
};

export const listingRules: MergeRules = {
  units: listingUnits,
  rank: rankOfAddress,
  joined: [],
};

export const agentRules: MergeRules = { units: agentUnits, rank: () => 0, joined: [] };
