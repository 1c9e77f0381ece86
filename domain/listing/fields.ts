import {
  area,
  choice,
  code,
  count,
  date,
  degrees,
  type Fields,
  fee,
  flag,
  key,
  money,
  name,
  ours,
  postalCode,
  structure,
  text,
  words,
  year,
} from '../catalogue/field.ts';
import { mergedSourceFields } from '../catalogue/source-fields.ts';
import { associationFeeFrequencies, propertySubTypes, propertyTypes, standardStatuses } from '../reso.ts';

/** All fields of a listing: those of the RESO Data Dictionary 2.1 (Property), and our own. */
export const listingFields = {
  listingId: code('MLS number', { max: 100 }),
  standardStatus: choice('Status', standardStatuses),
  mlsStatus: name('MLS status'),
  listPrice: money('List price'),
  originalListPrice: money('Original list price'),
  closePrice: money('Close price'),
  closeDate: date('Close date'),
  onMarketDate: date('On market since'),
  bedroomsTotal: count('Bedrooms'),
  bathroomsTotalInteger: count('Bathrooms'),
  bathroomsFull: count('Full bathrooms'),
  bathroomsHalf: count('Half bathrooms'),
  livingArea: area('Living area'),
  lotSizeSquareFeet: area('Lot size', { max: 100_000_000_000 }),
  yearBuilt: year('Year built'),
  associationFee: fee('Association fee'),
  associationFeeFrequency: choice('Association fee frequency', associationFeeFrequencies),
  propertyType: choice('Property type', propertyTypes),
  propertySubType: choice('Property subtype', propertySubTypes),
  unparsedAddress: text('Address'),
  streetNumber: name('Street number'),
  streetName: name('Street name'),
  unitNumber: name('Unit number'),
  city: name('City'),
  stateOrProvince: name('State'),
  postalCode: postalCode('ZIP code'),
  latitude: degrees('Latitude', 90),
  longitude: degrees('Longitude', 180),
  photosCount: count('Number of photos', { max: Number.MAX_SAFE_INTEGER }),
  media: structure('Photos', '[{"mediaURL":"https://…","shortDescription":"…"}]'),
  features: ours(words('Features')),
  publicRemarks: text('Description'),
  listAgentKey: key('Listing agent', 'agent'),
  listOfficeName: name('Listing office'),
  internetEntireListingDisplayYN: flag('Shown to the public'),
  internetAddressDisplayYN: flag('Address shown to the public'),
  ...mergedSourceFields,
} as const satisfies Fields;

/** Values that the history shows besides a listing's fields, because events imply them. */
export const listingImplied = {
  previousListPrice: money('Previous list price'),
  mergedIntoListingKey: ours(key('Merged into listing', 'listing')),
} as const satisfies Fields;

/** Fields that only mean something together: if sources disagree, all of them come from one source. */
export const listingUnits: readonly (readonly (keyof typeof listingFields)[])[] = [
  ['unparsedAddress', 'streetNumber', 'streetName', 'unitNumber', 'city', 'stateOrProvince', 'postalCode'],
  ['latitude', 'longitude'],
  ['bathroomsTotalInteger', 'bathroomsFull', 'bathroomsHalf'],
  ['propertyType', 'propertySubType'],
  ['standardStatus', 'mlsStatus'],
  ['closePrice', 'closeDate'],
  ['associationFee', 'associationFeeFrequency'],
  ['media', 'photosCount'],
];
