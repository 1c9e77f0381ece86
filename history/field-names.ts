import { agentFieldsSchema } from '../domain/agent/index.ts';
import type { AggregateName } from '../domain/events.ts';
import { leadFieldsSchema } from '../domain/lead/index.ts';
import { listingFieldsSchema } from '../domain/listing/index.ts';
import { criteriaSchema, savedSearchFieldsSchema } from '../domain/saved-search/index.ts';
import { exitCodes, userError } from '../platform/errors.ts';
import { suggestion } from '../platform/near-names.ts';
import { slugOf } from './record-types.ts';

const criteria = Object.keys(criteriaSchema.shape).map((name) => `criteria.${name}`);

/** Every field that the history of a kind of record can show a change of: those of its schema, and those that its events imply. */
const fieldNames: Readonly<Record<AggregateName, readonly string[]>> = {
  listing: [...Object.keys(listingFieldsSchema.shape), 'previousListPrice', 'mergedIntoListingKey'],
  lead: [
    ...Object.keys(leadFieldsSchema.shape),
    'emailOptOut',
    'offeredMemberKey',
    'offerKey',
    'offerExpiresAt',
    'triedMemberKeys',
    'mergedIntoContactKey',
  ],
  agent: [...Object.keys(agentFieldsSchema.shape), 'pausedFrom', 'pausedTo'],
  savedSearch: [...Object.keys(savedSearchFieldsSchema.shape).filter((name) => name !== 'criteria'), ...criteria],
};

/**
 * Whether a field is meant by the name that somebody asked for: it itself, or a part of it (`criteria` means all criteria).
 *
 * @throws UserError when the kind of record has no such field, with the ones that may be meant: an empty history would say that
 *   nothing ever changed
 */
export const fieldFilter = (aggregate: AggregateName, name: string): ((fieldName: string) => boolean) => {
  const asked = (fieldName: string) => fieldName === name || fieldName.startsWith(`${name}.`);
  if (fieldNames[aggregate].some(asked)) return asked;
  throw userError(`${slugOf(aggregate)} has no field "${name}": ${suggestion(name, fieldNames[aggregate])}`, {
    code: 'field-unknown',
    exitCode: exitCodes.usage,
  });
};
