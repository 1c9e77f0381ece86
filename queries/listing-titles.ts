import { type Kysely, sql } from 'kysely';
import { ifThere } from './if-there.ts';

/** What listings are called, by key: `RX-10101234, 12 Ocean Blvd`. Those that are not in the read model are missing. */
export const listingTitles = async (
  db: Kysely<unknown>,
  listingKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (listingKeys.length === 0) return new Map();
  const { rows } = await ifThere(
    sql<{ key: string; title: string }>`
      select listing_key as key, coalesce(nullif(concat_ws(', ', unparsed_address, listing_id), ''), 'a home') as title
      from read.listings where listing_key = any (${listingKeys})`.execute(db),
    { rows: [] },
  );
  return new Map(rows.map(({ key, title }) => [key, title]));
};
