import type { OwnedType } from '../../../domain/ownership/index.ts';

/** Fields that are written together, and where a mapping may say that documents have them. */
export type Unit = { readonly fields: readonly string[]; readonly slots: readonly string[] };

const alone = (...names: readonly string[]): readonly Unit[] =>
  names.map((name) => ({ fields: [name], slots: [name] }));

/**
 * What is written back of each record type. Notes, and what openhouse works out from other fields (a listing's status in the
 * MLS's own words), are not.
 */
export const unitsOfType: Readonly<Record<OwnedType, readonly Unit[]>> = {
  listing: [
    { fields: ['standardStatus'], slots: ['standardStatus', 'deleted'] },
    ...alone('listingId', 'listPrice', 'originalListPrice', 'closePrice', 'closeDate', 'onMarketDate'),
    ...alone('associationFee', 'associationFeeFrequency', 'bedroomsTotal', 'livingArea', 'yearBuilt'),
    { fields: ['lotSizeSquareFeet'], slots: ['lotSizeSquareFeet', 'lotSizeUnits'] },
    {
      fields: ['bathroomsTotalInteger', 'bathroomsFull', 'bathroomsHalf'],
      slots: ['bathroomsTotalInteger', 'bathroomsFull', 'bathroomsHalf'],
    },
    { fields: ['propertyType', 'propertySubType'], slots: ['propertyType', 'propertySubType'] },
    {
      fields: ['unparsedAddress', 'streetNumber', 'streetName', 'unitNumber', 'city', 'stateOrProvince', 'postalCode'],
      slots: ['unparsedAddress', 'streetNumber', 'streetName', 'unitNumber', 'city', 'stateOrProvince', 'postalCode'],
    },
    { fields: ['latitude', 'longitude'], slots: ['coordinates', 'latitude', 'longitude'] },
    { fields: ['media', 'photosCount'], slots: ['media', 'photosCount'] },
    ...alone('features', 'publicRemarks', 'listAgentKey', 'listOfficeName'),
    ...alone('internetEntireListingDisplayYN', 'internetAddressDisplayYN'),
  ],
  lead: [
    { fields: ['email', 'otherEmails'], slots: ['email'] },
    { fields: ['mobilePhone', 'mobilePhoneExt'], slots: ['mobilePhone'] },
    { fields: ['firstName', 'lastName'], slots: ['fullName', 'firstName', 'lastName'] },
    { fields: ['leadStage', 'doNotCallYN'], slots: ['leadStage'] },
    { fields: ['listPriceMin', 'listPriceMax'], slots: ['budget', 'listPriceMin', 'listPriceMax'] },
    { fields: ['cities', 'postalCodes'], slots: ['cities'] },
    ...alone('leadSource', 'ownerMemberKey', 'bedroomsMin', 'timeframe', 'languages', 'tags'),
    { fields: ['emailOptOut'], slots: ['emailOptOut'] },
  ],
  agent: [
    ...alone('memberEmail', 'memberMobilePhone', 'memberStatus', 'roles', 'memberStateLicense', 'licensedStates'),
    { fields: ['memberFullName'], slots: ['memberFullName', 'firstName', 'lastName'] },
    ...alone('slackUserId', 'hours', 'specialties', 'memberLanguages', 'maxLeads'),
    { fields: ['cities', 'postalCodes'], slots: ['cities'] },
    { fields: ['listPriceMin', 'listPriceMax'], slots: ['priceRange', 'listPriceMin', 'listPriceMax'] },
  ],
};
