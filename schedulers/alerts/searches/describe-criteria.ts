import { priceRange } from '../../../domain/dollars.ts';
import type { Criteria } from '../../../domain/saved-search/index.ts';

/** A description of a search without a name: `Boca Raton, 3+ beds, up to $500,000`. */
export const describeCriteria = (criteria: Criteria): string => {
  const { cities = [], postalCodes = [] } = criteria.areas ?? {};
  const parts = [
    criteria.cities?.join(' or '),
    criteria.postalCodes?.join(' or '),
    criteria.areas === undefined ? undefined : [...cities, ...postalCodes].join(' or '),
    criteria.polygon === undefined ? undefined : 'in the area you drew',
    criteria.propertySubTypes?.join(' or '),
    range(criteria.bedroomsMin, criteria.bedroomsMax, 'beds'),
    range(criteria.bathroomsMin, criteria.bathroomsMax, 'baths'),
    range(criteria.livingAreaMin, criteria.livingAreaMax, 'sq ft'),
    priceRange(criteria.listPriceMin, criteria.listPriceMax) ?? undefined,
    criteria.standardStatuses?.map((status) => status.toLowerCase()).join(' or '),
    criteria.keywords?.join(' or '),
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'every home';
};

/** `3+ beds`, `2 to 3 baths`, `up to 2,000 sq ft` */
const range = (from: number | undefined, to: number | undefined, unit: string): string | undefined => {
  const [low, high] = [from, to].map((end) => end?.toLocaleString('en-US'));
  if (low === undefined) return high === undefined ? undefined : `up to ${high} ${unit}`;
  return high === undefined ? `${low}+ ${unit}` : `${low === high ? low : `${low} to ${high}`} ${unit}`;
};
