import { criterionSlots } from '../../legacy/criteria/criterion-readers.ts';
import type { RecordTypeName } from '../../mappings/record-types.ts';

/** Of each list, at least one field. */
type Needs = Readonly<Record<RecordTypeName, readonly (readonly string[])[]>>;

/** Without these fields, documents do not look like records of the type. */
export const essential: Needs = {
  agents: [['memberEmail'], ['memberFullName', 'firstName', 'lastName']],
  leads: [['email', 'mobilePhone']],
  listings: [
    ['listPrice', 'standardStatus'],
    ['listingId', 'unparsedAddress', 'streetName'],
  ],
  savedSearches: [['contactKey'], ['criteria']],
  leadAssignments: [['contactKey'], ['memberKey'], ['status']],
  activities: [['contactKey'], ['activityType']],
  alertsSent: [['savedSearchKey'], ['listingKey']],
};

/** Without these, an import sets documents aside (see importers/legacy). */
export const required: Needs = {
  ...essential,
  listings: [['standardStatus'], ['listingId', 'unparsedAddress', 'streetName']],
  savedSearches: [['contactKey'], ['criteria', ...criterionSlots]],
};

/** Those of a type's needs for which there is no field. */
export const missingOf = (
  needs: Needs,
  type: RecordTypeName,
  fields: Readonly<Record<string, unknown>>,
): (readonly string[])[] => needs[type].filter((any) => any.every((slot) => fields[slot] === undefined));
