import type { Criteria } from '../../../domain/saved-search/index.ts';
import { isDocument, isEmpty, spelled } from '../reading.ts';
import { bathrooms, bedrooms, livingArea, price, readLimit, readLimits } from './limits.ts';
import { readKeywords, readStatuses, readTypes } from './lists.ts';
import { type CriterionReader, notUnderstood } from './part.ts';
import { readPlaces } from './places.ts';
import { readPolygon } from './polygon.ts';

const sides = { min: ['min', 'minimum', 'from'], max: ['max', 'maximum', 'to', 'upto'] } as const;

/** `minPrice`, `priceMin`, `minimumPrice`, `priceFrom`, `priceUpTo`, … */
const sided = (limits: Parameters<typeof readLimits>[0], names: string): Record<string, CriterionReader> => ({
  ...spelled(readLimits(limits), names),
  ...Object.fromEntries(
    (['min', 'max'] as const).flatMap((side) =>
      names
        .split(' ')
        .flatMap((name) => sides[side].flatMap((word) => [`${word}${name}`, `${name}${word}`]))
        .map((name) => [name, readLimit(limits, side)]),
    ),
  ),
});

/** A list of corners does not say in which order they come. */
const readBounds: CriterionReader = (found) =>
  isDocument(found) || isEmpty(found) ? readPolygon(found) : notUnderstood('not-a-polygon');

/** The known entries of a query, by the `spelling` of their names (letters and digits in lower case). */
export const criterionReaders: Readonly<Record<string, CriterionReader>> = {
  ...spelled(
    readPlaces,
    'city cities town towns zip zips zipcode zipcodes postalcode postalcodes postcode area areas location locations',
  ),
  ...sided(price, 'price prices listprice askingprice budget'),
  ...sided(bedrooms, 'beds bed bedrooms bedroom br bedroomstotal'),
  ...sided(bathrooms, 'baths bath bathrooms bathroom ba bathroomstotal'),
  ...sided(livingArea, 'sqft squarefeet livingarea size'),
  ...spelled(
    readTypes,
    'type types kind kinds propertytype propertytypes hometype hometypes propertysubtype propertysubtypes',
  ),
  ...spelled(readStatuses, 'status statuses standardstatus standardstatuses'),
  ...spelled(readKeywords, 'keywords keyword'),
  ...spelled(readPolygon, 'polygon geometry boundary loc geo'),
  ...spelled(readBounds, 'bounds mapbounds boundingbox bbox'),
};

/** The criteria for which a mapping can say where they are, each on its own; what is there is read as an entry of that name is. */
export const criterionSlots = [
  'cities',
  'postalCodes',
  'listPriceMin',
  'listPriceMax',
  'bedroomsMin',
  'bedroomsMax',
  'bathroomsMin',
  'bathroomsMax',
  'livingAreaMin',
  'livingAreaMax',
  'propertySubTypes',
  'standardStatuses',
  'keywords',
  'polygon',
] as const satisfies readonly (keyof Criteria)[];

/** Entries that only sort or page the result, or are Mongo's bookkeeping; they do not narrow the search. */
export const isNeutral = (name: string, value: unknown): boolean => {
  if (name === '$comment' || name === '__v' || name === '_id') return !isDocument(value);
  if (/^(?:sort|sortBy|sortOrder|sortDir|sort_by|sort_order|page|pageSize|page_size|perPage|per_page)$/.test(name))
    return true;
  // We never show deleted homes anyway.
  return /^(?:deleted|isDeleted)$/.test(name) && (value === false || JSON.stringify(value) === '{"$ne":true}');
};
