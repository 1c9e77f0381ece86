import type { Known } from '../domain/changes.ts';
import { bathroomsOf, type ListingFields } from '../domain/listing/index.ts';
import type { Criteria } from '../domain/saved-search/index.ts';
import { insidePolygon } from './polygon.ts';
import { comparable } from './words.ts';

/** The fields of a listing that matching uses. */
export const fieldsToMatch = [
  'city',
  'postalCode',
  'listPrice',
  'bedroomsTotal',
  'bathroomsTotalInteger',
  'bathroomsFull',
  'bathroomsHalf',
  'livingArea',
  'propertySubType',
  'standardStatus',
  'publicRemarks',
  'features',
  'latitude',
  'longitude',
] as const satisfies readonly (keyof ListingFields)[];

/** A listing as matching sees it. */
export type ListingToMatch = Known<Pick<ListingFields, (typeof fieldsToMatch)[number]>>;

/**
 * Whether a listing is what a buyer looks for. All given criteria must hold; a list holds if one of its values does,
 * areas hold if the listing is in one of the cities or postal codes, and an unknown value of the listing matches
 * nothing. Ranges include both ends.
 */
export const matches = (criteria: Criteria, listing: ListingToMatch): boolean => matcherOf(listing)(criteria);

/** `matches` for one listing and many searches: prepares the listing only once. */
export const matcherOf = (listing: ListingToMatch): ((criteria: Criteria) => boolean) => {
  const city = listing.city ? comparable(listing.city) : null;
  const postalCode = listing.postalCode?.slice(0, 5) ?? null;
  const bathrooms = bathroomsOf(listing);
  let words: string | undefined; // most searches have no keywords
  const text = () => {
    words ??= [listing.publicRemarks ?? '', ...(listing.features ?? [])].map(comparable).join('|');
    return words;
  };
  const inCity = (wanted: string) => city !== null && comparable(wanted) === city;
  const hasPostalCode = (wanted: string) => wanted === postalCode;
  return (criteria) =>
    anyOf(criteria.cities, inCity) &&
    anyOf(criteria.postalCodes, hasPostalCode) &&
    (criteria.areas === undefined ||
      criteria.areas.cities.some(inCity) ||
      criteria.areas.postalCodes.some(hasPostalCode)) &&
    atLeast(criteria.listPriceMin, listing.listPrice) &&
    atMost(criteria.listPriceMax, listing.listPrice) &&
    atLeast(criteria.bedroomsMin, listing.bedroomsTotal) &&
    atMost(criteria.bedroomsMax, listing.bedroomsTotal) &&
    atLeast(criteria.bathroomsMin, bathrooms) &&
    atMost(criteria.bathroomsMax, bathrooms) &&
    atLeast(criteria.livingAreaMin, listing.livingArea) &&
    atMost(criteria.livingAreaMax, listing.livingArea) &&
    anyOf(criteria.propertySubTypes, (wanted) => wanted === listing.propertySubType) &&
    anyOf(criteria.standardStatuses, (wanted) => wanted === listing.standardStatus) &&
    anyOf(criteria.keywords, (wanted) => holdsWord(text(), wanted)) &&
    within(criteria.polygon, listing);
};

/** A keyword without letters or digits matches nothing. */
const holdsWord = (text: string, keyword: string): boolean => {
  const wanted = comparable(keyword);
  return wanted.trim() !== '' && text.includes(wanted);
};

type Maybe<Value> = Value | null | undefined;

const anyOf = <Value>(wanted: readonly Value[] | undefined, holds: (value: Value) => boolean): boolean =>
  wanted === undefined || wanted.some(holds);

const atLeast = (least: number | undefined, value: Maybe<number>): boolean =>
  least === undefined || (typeof value === 'number' && value >= least);

const atMost = (most: number | undefined, value: Maybe<number>): boolean =>
  most === undefined || (typeof value === 'number' && value <= most);

const within = (polygon: Criteria['polygon'], { longitude, latitude }: ListingToMatch): boolean =>
  polygon === undefined ||
  (typeof longitude === 'number' && typeof latitude === 'number' && insidePolygon([longitude, latitude], polygon));
