import { type QueryExecutorProvider, sql } from 'kysely';
import type { Known } from '../../domain/changes.ts';
import { listingFields } from '../../domain/listing/fields.ts';
import { factFields, type ListingFields } from '../../domain/listing/index.ts';
import { fieldsToMatch } from '../../matching/saved-search.ts';
import { fieldList } from '../../projections/columns.ts';
import { camelCased } from '../../tables/database.ts';

/** The fields that searches match on and that buyers see. */
const homeFields = [
  ...new Set([
    ...fieldsToMatch,
    ...factFields,
    'listingId',
    'unparsedAddress',
    'stateOrProvince',
    'media',
    'internetAddressDisplayYN',
  ] as const),
];

/** A listing as alerts need it. */
export type Home = Known<Pick<ListingFields, (typeof homeFields)[number]>> & {
  readonly listingKey: string;
  readonly standardStatus: string;
};

/** The present state of listings, by key; listings that do not exist are missing. */
export const readHomes = async (
  db: QueryExecutorProvider,
  listingKeys: readonly string[],
): Promise<ReadonlyMap<string, Home>> => {
  if (listingKeys.length === 0) return new Map();
  const { rows } = await sql<Home>`
    select listing_key, ${sql.raw(fieldList(listingFields, homeFields))}
    from read.listings where listing_key = any (${listingKeys})`.execute(camelCased(db));
  return new Map(rows.map((home) => [home.listingKey, home]));
};
