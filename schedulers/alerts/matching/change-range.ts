import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { noneHeld, wasLeftOut, wasLeftOutForASearch } from './held-records.ts';

/** Which changes are looked at, and with which searches. */
type Scope = {
  /** SQL on `change`, a row of `read.listing_changes`. */
  readonly changes: RawBuilder<boolean>;
  /** SQL on `pair`, a change (`position`, `listing_key`) and a search (`saved_search_key`). */
  readonly pairs: RawBuilder<boolean>;
};

/** Changes after `from`, up to and with `upTo`: what one batch matches. */
export type ChangeRange = { readonly scope: Scope; readonly from: bigint; readonly upTo: bigint };

const ofListing = { listing: sql`change.listing_key` };
const ofPair = { listing: sql`pair.listing_key`, savedSearch: sql`pair.saved_search_key` };

/** What is new. */
export const news: Scope = { changes: sql`true`, pairs: sql`true` };

/** What was left out before, of records that have been fixed since. */
export const leftOut: Scope = {
  changes: sql`(${wasLeftOut(ofListing, sql`change.position`)} or ${wasLeftOutForASearch(sql`change.position`)})`,
  pairs: wasLeftOut(ofPair, sql`pair.position`),
};

const changesIn = ({ scope, from, upTo }: ChangeRange) => sql`
  read.listing_changes as change
  where change.position > ${from} and change.position <= ${upTo} and ${noneHeld(ofListing)} and ${scope.changes}`;

/** SQL: the listings that changed (`listing_key`), each with its newest change (`position`) and how many there were (`changes`). */
export const changedListings = (range: ChangeRange): RawBuilder<unknown> => sql`(
  select listing_key, max(position) as position, count(*)::int as changes
  from ${changesIn(range)} group by listing_key
)`;

/** The same range, or as much of its beginning as has `size` changes. */
export const firstOf = async (db: QueryExecutorProvider, range: ChangeRange, size: number): Promise<ChangeRange> => {
  const { rows } = await sql<{ position: string }>`
    select position from ${changesIn(range)} order by position offset ${size - 1} limit 1`.execute(db);
  return rows[0] === undefined ? range : { ...range, upTo: BigInt(rows[0].position) };
};
