import type { Known } from '../changes.ts';
import type { ListingFields } from './schema.ts';

/** What is known about a listing's bathrooms. */
export type Bathrooms = Known<Pick<ListingFields, 'bathroomsFull' | 'bathroomsHalf' | 'bathroomsTotalInteger'>>;

/** The fields in a one-line description of a home; every place that shows homes reads these. */
export const factFields = [
  'bedroomsTotal',
  'bathroomsFull',
  'bathroomsHalf',
  'bathroomsTotalInteger',
  'livingArea',
  'propertySubType',
  'yearBuilt',
  'associationFee',
  'associationFeeFrequency',
] as const satisfies readonly (keyof ListingFields)[];

/** The values for a one-line description of a home. */
export type Facts = Known<Pick<ListingFields, (typeof factFields)[number]>>;

/**
 * The number of bathrooms as buyers count them, with a half bath as a half: 2 full and 1 half are 2.5. RESO's
 * BathroomsTotalInteger counts a half bath as a whole one, so it is only used if a source has nothing else. `null`: not
 * known.
 */
export const bathroomsOf = ({ bathroomsFull, bathroomsHalf, bathroomsTotalInteger }: Bathrooms): number | null =>
  typeof bathroomsFull === 'number' ? bathroomsFull + (bathroomsHalf ?? 0) / 2 : (bathroomsTotalInteger ?? null);

/**
 * `['3 beds', '2.5 baths', '1,850 sq ft', 'Townhouse', 'built 1998', 'HOA $350 monthly']`: the known facts, as every
 * page and message shows them.
 */
export const factsInWords = (listing: Facts): string[] =>
  [
    counted(listing.bedroomsTotal, 'bed', 'beds'),
    counted(bathroomsOf(listing), 'bath', 'baths'),
    listing.livingArea ? `${Math.round(listing.livingArea).toLocaleString('en-US')} sq ft` : null,
    listing.propertySubType ?? null,
    listing.yearBuilt ? `built ${listing.yearBuilt}` : null,
    associationFeeInWords(listing),
  ].filter((fact) => fact !== null);

/** The address of a listing's first picture that a web page can show; `null` if there is none. */
export const photoOf = ({ media }: Known<Pick<ListingFields, 'media'>>): string | null =>
  media?.find(({ mediaURL }) => /^https?:\/\/\S+$/.test(mediaURL))?.mediaURL ?? null;

const associationFeeInWords = ({ associationFee: fee, associationFeeFrequency: frequency }: Facts): string | null => {
  if (typeof fee !== 'number') return null;
  if (fee === 0) return 'no HOA fee';
  const amount = fee.toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    trailingZeroDisplay: 'stripIfInteger',
  });
  return `HOA ${amount}${frequency ? ` ${frequency.toLowerCase()}` : ''}`;
};

const counted = (count: number | null | undefined, one: string, many: string): string | null =>
  typeof count === 'number' ? `${count.toLocaleString('en-US')} ${count === 1 ? one : many}` : null;
