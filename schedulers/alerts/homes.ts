import { type QueryExecutorProvider, sql } from 'kysely';
import type { ListingToMatch } from '../../matching/saved-search.ts';

/** A listing as alerts need it: what searches look at, and what a buyer is shown. */
export type Home = ListingToMatch & {
  readonly listingKey: string;
  readonly listingId: string | null;
  readonly standardStatus: string;
  readonly unparsedAddress: string | null;
  readonly stateOrProvince: string | null;
  readonly yearBuilt: number | null;
  readonly media: readonly { readonly mediaURL: string; readonly shortDescription?: string }[] | null;
  readonly internetAddressDisplayYN: boolean | null;
};

/** Listings as they are now, by their keys; what is not there is missing. */
export const readHomes = async (
  db: QueryExecutorProvider,
  listingKeys: readonly string[],
): Promise<ReadonlyMap<string, Home>> => {
  if (listingKeys.length === 0) return new Map();
  const { rows } = await sql<Home>`
    select listing_key as "listingKey", listing_id as "listingId", standard_status as "standardStatus",
      list_price::float8 as "listPrice", bedrooms_total as "bedroomsTotal",
      bathrooms_total_integer as "bathroomsTotalInteger", bathrooms_full as "bathroomsFull",
      bathrooms_half as "bathroomsHalf", living_area::float8 as "livingArea", year_built as "yearBuilt",
      property_sub_type as "propertySubType", unparsed_address as "unparsedAddress", city,
      state_or_province as "stateOrProvince", postal_code as "postalCode", latitude, longitude, media, features,
      public_remarks as "publicRemarks", internet_address_display_yn as "internetAddressDisplayYN"
    from read.listings where listing_key = any (${listingKeys})`.execute(db);
  return new Map(rows.map((home) => [home.listingKey, home]));
};
