import { agentFields } from '../../../domain/agent/fields.ts';
import { leadFields } from '../../../domain/lead/fields.ts';
import { listingFields } from '../../../domain/listing/fields.ts';
import type { OwnedType } from '../../../domain/ownership/index.ts';
import { agentSlots } from '../../legacy/agents.ts';
import { leadSlots } from '../../legacy/leads.ts';
import { listingSlots } from '../../legacy/listings.ts';

/** Fields that are written together, and where a mapping may say that documents have them. */
export type Unit = {
  readonly fields: readonly string[];
  readonly slots: readonly string[];
  /** Those that readers make of the others: where a document cannot say both, the others are written. */
  readonly derived?: readonly string[];
  /** Those of them that have a meaning of their own: where a document cannot say both, that is reported. */
  readonly reported?: readonly string[];
};

const address = [
  'unparsedAddress',
  'streetNumber',
  'streetName',
  'unitNumber',
  'city',
  'stateOrProvince',
  'postalCode',
];
const fee = ['associationFee', 'associationFeeFrequency'];
const bathrooms = ['bathroomsTotalInteger', 'bathroomsFull', 'bathroomsHalf'];

/** Fields that mean something only together, or that a mapping has under another name. */
const groups: Readonly<Record<OwnedType, readonly Unit[]>> = {
  listing: [
    { fields: ['standardStatus'], slots: ['standardStatus', 'deleted'] },
    { fields: ['lotSizeSquareFeet'], slots: ['lotSizeSquareFeet', 'lotSizeUnits'] },
    { fields: fee, slots: fee },
    { fields: bathrooms, slots: bathrooms, derived: ['bathroomsTotalInteger'] },
    { fields: ['propertyType', 'propertySubType'], slots: ['propertyType', 'propertySubType'] },
    {
      fields: address,
      slots: [...address, 'streetDirPrefix', 'streetSuffix', 'streetDirSuffix'],
      derived: ['unparsedAddress'],
    },
    { fields: ['latitude', 'longitude'], slots: ['coordinates', 'latitude', 'longitude'] },
    { fields: ['media', 'photosCount'], slots: ['media', 'photosCount'], derived: ['photosCount'] },
  ],
  lead: [
    { fields: ['email', 'otherEmails'], slots: ['email'] },
    { fields: ['mobilePhone', 'mobilePhoneExt'], slots: ['mobilePhone'] },
    { fields: ['firstName', 'lastName'], slots: ['fullName', 'firstName', 'lastName'] },
    { fields: ['leadStage', 'doNotCallYN'], slots: ['leadStage'], derived: ['leadStage'], reported: ['leadStage'] },
    { fields: ['listPriceMin', 'listPriceMax'], slots: ['budget', 'listPriceMin', 'listPriceMax'] },
    { fields: ['cities', 'postalCodes'], slots: ['cities'] },
    { fields: ['emailOptOut'], slots: ['emailOptOut'] },
  ],
  agent: [
    { fields: ['memberFullName'], slots: ['memberFullName', 'firstName', 'lastName'] },
    { fields: ['cities', 'postalCodes'], slots: ['cities'] },
    { fields: ['listPriceMin', 'listPriceMax'], slots: ['priceRange', 'listPriceMin', 'listPriceMax'] },
  ],
};

/** Not written back: the MLS's own word for a status follows from the status, and notes stay where they were written. */
const notWritten: ReadonlySet<string> = new Set(['mlsStatus', 'notes']);

/** The groups, and each other field that a mapping can have by itself. */
const unitsOf = (aggregate: OwnedType, fields: object, slots: readonly string[]): readonly Unit[] => {
  const grouped = new Set(groups[aggregate].flatMap((unit) => unit.fields));
  const alone = slots.filter((slot) => slot in fields && !grouped.has(slot) && !notWritten.has(slot));
  return [...groups[aggregate], ...alone.map((name) => ({ fields: [name], slots: [name] }))];
};

/** What is written back of each record type: every field that a mapping can read, with few exceptions. */
export const unitsOfType: Readonly<Record<OwnedType, readonly Unit[]>> = {
  listing: unitsOf('listing', listingFields, listingSlots),
  lead: unitsOf('lead', leadFields, leadSlots),
  agent: unitsOf('agent', agentFields, agentSlots),
};
