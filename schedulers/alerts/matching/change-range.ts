import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { noneHeld, wasLeftOut, wasLeftOutForASearch } from './held-records.ts';

/** Which changes to look at, and with which searches. */
type Scope = {
  /** SQL on `change`, a row of `read.listing_changes`. */
  readonly changes: RawBuilder<boolean>;
  /** SQL on `pair`, a change (`position`, `listing_key`) and a search (`saved_search_key`). */
  readonly pairs: RawBuilder<boolean>;
};

/** The changes after `from`, up to and including `upTo`: the range that one batch matches. */
export type ChangeRange = { readonly scope: Scope; readonly from: bigint; readonly upTo: bigint };

const ofListing = { listing: sql`change.listing_key` };
const ofPair = { listing: sql`pair.listing_key`, savedSearch: sql`pair.saved_search_key` };

/** New changes. */
export const news: Scope = { changes: sql`true`, pairs: sql`true` };

/** Changes that were left out before, for records that have been fixed since. */
export const leftOut: Scope = {
  changes: sql`(${wasLeftOut(ofListing, sql`change.position`)} or ${wasLeftOutForASearch(sql`change.position`)})`,
  pairs: wasLeftOut(ofPair, sql`pair.position`),
};

const changesIn = ({ scope, from, upTo }: ChangeRange) => sql`
  read.listing_changes as change
  where change.position > ${from} and change.position <= ${upTo} and ${noneHeld(ofListing)} and ${scope.changes}`;

/**
 * SQL: the changed listings (`listing_key`), each with its newest change (`position`) and the number of changes
 * (`changes`).
 */
export const changedListings = (range: ChangeRange): RawBuilder<unknown> => sql`(
  select listing_key, max(position) as position, count(*)::int as changes
  from ${changesIn(range)} group by listing_key
)`;

/** The same range, or its first part with `size` changes. */
export const firstOf = async (db: QueryExecutorProvider, range: ChangeRange, size: number): Promise<ChangeRange> => {
  const { rows } = await sql<{ position: string }>`
    select position from ${changesIn(range)} order by position offset ${size - 1} limit 1`.execute(db);
  return rows[0] === undefined ? range : { ...range, upTo: BigInt(rows[0].position) };
};
