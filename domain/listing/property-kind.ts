import { withChanges } from '../changes.ts';
import { reject } from '../decider.ts';
import type { PropertySubType, PropertyType } from '../reso.ts';
import { listingFields } from './fields.ts';
import type { InStep, ListingChanges } from './in-step.ts';

/**
 * The types that a home of each subtype can be listed as. The first is the one that the importer reads where a document has only the
 * subtype. RESO has no list of pairs; these follow its definitions of the subtypes: a condominium may be for rent, land is no residence.
 */
const typesOf: Readonly<Record<PropertySubType, readonly [PropertyType, ...PropertyType[]]>> = {
  'Single Family Residence': ['Residential', 'Residential Lease', 'Farm'],
  Condominium: ['Residential', 'Residential Lease', 'Commercial Sale'],
  Townhouse: ['Residential', 'Residential Lease'],
  Duplex: ['Residential Income', 'Residential', 'Residential Lease'],
  'Multi Family': ['Residential Income', 'Residential', 'Residential Lease', 'Commercial Sale'],
  'Manufactured Home': ['Residential', 'Residential Lease', 'Manufactured In Park', 'Farm'],
  'Mobile Home': ['Residential', 'Residential Lease', 'Manufactured In Park', 'Farm'],
  'Unimproved Land': ['Land', 'Farm', 'Commercial Sale'],
};

const canBe = (subType: PropertySubType, type: PropertyType): boolean => typesOf[subType].includes(type);

/**
 * Corrections of a listing, with what follows for its type and subtype. A type that only came from the former subtype follows the new one;
 * another one (a lease) stays as long as homes of that subtype can have it. A subtype that a new type cannot have becomes empty.
 * @param given the fields that are corrected; `null` for empty
 * @param before the fields on record
 */
export const propertyKindInStep = (given: ListingChanges, before: ListingChanges): InStep => {
  if (given.propertyType === undefined && given.propertySubType === undefined) return { changes: given };
  const { propertyType: type = null, propertySubType: subType = null } = withChanges(before, given);
  if (given.propertyType === undefined) {
    if (subType === null || isKept(type, subType, before.propertySubType ?? null)) return { changes: given };
    return { changes: { ...given, propertyType: typesOf[subType][0] } };
  }
  if (type === null ? subType === null : subType !== null && canBe(subType, type)) return { changes: given };
  if (given.propertySubType === undefined)
    // The importer reads land as unimproved, too.
    return { changes: { ...given, propertySubType: type === 'Land' ? 'Unimproved Land' : null } };
  if (subType === null) return { changes: given };
  return reject(
    'property-type-contradiction',
    type === null
      ? `${listingFields.propertyType.label} cannot be empty while the subtype is ${subType}: empty both, or give ${typesOf[subType][0]}`
      : `${subType} is not a subtype of ${type}: give only one of the two, or the type ${typesOf[subType].join(' or ')}`,
    'propertyType',
  );
};

/** Whether the type on record can stay. */
const isKept = (type: PropertyType | null, subType: PropertySubType, former: PropertySubType | null): boolean => {
  if (type === null || !canBe(subType, type)) return false;
  return former === null || former === subType || type !== typesOf[former][0];
};
