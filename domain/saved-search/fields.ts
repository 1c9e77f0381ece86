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
  personal,
  structure,
  timestamp,
  words,
} from '../catalogue/field.ts';
import { propertySubTypes, scheduleTypes, standardStatuses } from '../reso.ts';

/** What a buyer can look for, see `criteriaSchema`. */
export const criteriaFields = {
  cities: words('Cities'),
  postalCodes: words('ZIP codes'),
  areas: structure('Areas', '{"cities":["…"],"postalCodes":["…"]}'),
  listPriceMin: money('Price from'),
  listPriceMax: money('Price to'),
  bedroomsMin: count('Bedrooms, at least', { max: 50 }),
  bedroomsMax: count('Bedrooms, at most', { max: 50 }),
  bathroomsMin: number('Bathrooms, at least', { min: 0.5, max: 50 }),
  bathroomsMax: number('Bathrooms, at most', { min: 0.5, max: 50 }),
  livingAreaMin: area('Living area from'),
  livingAreaMax: area('Living area to'),
  propertySubTypes: choices('Property subtypes', propertySubTypes),
  standardStatuses: choices('Status', standardStatuses),
  keywords: words('Keywords'),
  polygon: structure('Drawn area', '[[-80.1,26.3],[-80.0,26.3],[-80.0,26.4]]'),
} as const satisfies Fields;

/** Everything that can be known of a saved search (RESO SavedSearch and Prospecting). */
export const savedSearchFields = {
  contactKey: key('Lead', 'lead'),
  // Both are people's own words.
  savedSearchName: personal(name('Name')),
  criteria: structure('Criteria', '{"cities":["Boca Raton"],"listPriceMax":500000}'),
  scheduleType: choice('How often', scheduleTypes),
  activeYN: flag('Active'),
  reasonActiveOrDisabled: personal(name('Reason')),
  lastSentTimestamp: timestamp('Last sent'),
  modificationTimestamp: timestamp('Last modified in the source'),
  legacyIds: legacyIds('Ids in the old CRM'),
  warnings: structure('Warnings', '[{"field":"…","code":"…","found":"…"}]'),
} as const satisfies Fields;

/** What the history shows of a saved search besides its fields: what its events imply. */
export const savedSearchImplied = {
  onHoldYN: flag('On hold'),
  holdReasons: structure('Reasons for the hold', '[{"field":"…","code":"…","found":"…"}]'),
} as const satisfies Fields;
