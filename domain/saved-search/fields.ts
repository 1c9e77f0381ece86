import {
  area,
  choice,
  choices,
  count,
  type Fields,
  flag,
  key,
  money,
  name,
  number,
  ours,
  personal,
  structure,
  timestamp,
  words,
} from '../catalogue/field.ts';
import { sourceFields } from '../catalogue/source-fields.ts';
import { propertySubTypes, scheduleTypes, standardStatuses } from '../reso.ts';

/** What a buyer can search for, see `criteriaSchema`. */
export const criteriaFields = {
  cities: ours(words('Cities')),
  postalCodes: ours(words('ZIP codes')),
  areas: ours(structure('Areas', '{"cities":["…"],"postalCodes":["…"]}')),
  listPriceMin: ours(money('Minimum price')),
  listPriceMax: ours(money('Maximum price')),
  bedroomsMin: ours(count('Minimum bedrooms', { max: 50 })),
  bedroomsMax: ours(count('Maximum bedrooms', { max: 50 })),
  bathroomsMin: ours(number('Minimum bathrooms', { min: 0.5, max: 50 })),
  bathroomsMax: ours(number('Maximum bathrooms', { min: 0.5, max: 50 })),
  livingAreaMin: ours(area('Minimum living area')),
  livingAreaMax: ours(area('Maximum living area')),
  propertySubTypes: ours(choices('Property subtypes', propertySubTypes)),
  standardStatuses: ours(choices('Status', standardStatuses)),
  keywords: ours(words('Keywords')),
  polygon: ours(structure('Drawn area', '[[-80.1,26.3],[-80.0,26.3],[-80.0,26.4]]')),
} as const satisfies Fields;

/** All fields of a saved search (RESO SavedSearch and Prospecting). */
export const savedSearchFields = {
  contactKey: key('Lead', 'lead'),
  // The buyer's or agent's own words.
  savedSearchName: personal(name('Name')),
  criteria: ours(structure('Criteria', '{"cities":["Boca Raton"],"listPriceMax":500000}')),
  scheduleType: choice('How often', scheduleTypes),
  activeYN: flag('Active'),
  reasonActiveOrDisabled: personal(name('Reason')),
  lastSentTimestamp: ours(timestamp('Last sent')),
  ...sourceFields,
} as const satisfies Fields;

/** Values that the history shows besides a saved search's fields, because events imply them. */
export const savedSearchImplied = {
  onHoldYN: ours(flag('On hold')),
  holdReasons: ours(structure('Reasons for the hold', '[{"field":"…","code":"…","found":"…"}]')),
} as const satisfies Fields;
