import {
  area,
  choice,
  choices,
  count,
  type Fields,
  flag,
  key,
  legacyIds,
  money,
  name,
  number,
  ours,
  personal,
  structure,
  timestamp,
  words,
} from '../catalogue/field.ts';
import { propertySubTypes, scheduleTypes, standardStatuses } from '../reso.ts';

/** What a buyer can look for, see `criteriaSchema`. */
export const criteriaFields = {
  cities: ours(words('Cities')),
  postalCodes: ours(words('ZIP codes')),
  areas: ours(structure('Areas', '{"cities":["…"],"postalCodes":["…"]}')),
  listPriceMin: ours(money('Price from')),
  listPriceMax: ours(money('Price to')),
  bedroomsMin: ours(count('Bedrooms, at least', { max: 50 })),
  bedroomsMax: ours(count('Bedrooms, at most', { max: 50 })),
  bathroomsMin: ours(number('Bathrooms, at least', { min: 0.5, max: 50 })),
  bathroomsMax: ours(number('Bathrooms, at most', { min: 0.5, max: 50 })),
  livingAreaMin: ours(area('Living area from')),
  livingAreaMax: ours(area('Living area to')),
  propertySubTypes: ours(choices('Property subtypes', propertySubTypes)),
  standardStatuses: ours(choices('Status', standardStatuses)),
  keywords: ours(words('Keywords')),
  polygon: ours(structure('Drawn area', '[[-80.1,26.3],[-80.0,26.3],[-80.0,26.4]]')),
} as const satisfies Fields;

/** Everything that can be known of a saved search (RESO SavedSearch and Prospecting). */
export const savedSearchFields = {
  contactKey: key('Lead', 'lead'),
  // Both are people's own words.
  savedSearchName: personal(name('Name')),
  criteria: ours(structure('Criteria', '{"cities":["Boca Raton"],"listPriceMax":500000}')),
  scheduleType: choice('How often', scheduleTypes),
  activeYN: flag('Active'),
  reasonActiveOrDisabled: personal(name('Reason')),
  lastSentTimestamp: ours(timestamp('Last sent')),
  modificationTimestamp: timestamp('Last modified in the source'),
  legacyIds: ours(legacyIds('Ids in the old CRM')),
  warnings: ours(structure('Warnings', '[{"field":"…","code":"…","found":"…"}]')),
} as const satisfies Fields;

/** What the history shows of a saved search besides its fields: what its events imply. */
export const savedSearchImplied = {
  onHoldYN: ours(flag('On hold')),
  holdReasons: ours(structure('Reasons for the hold', '[{"field":"…","code":"…","found":"…"}]')),
} as const satisfies Fields;
