import { type Kysely, type QueryExecutorProvider, type RawBuilder, sql, type Transaction } from 'kysely';
import { shownStatuses } from '../../../domain/listing/index.ts';
import type { Criteria } from '../../../domain/saved-search/index.ts';
import type { Mark } from '../../../eventstore/mark.ts';
import { matcherOf } from '../../../matching/saved-search.ts';
import { readHomes } from '../homes.ts';
import { isLive } from '../searches/live-search.ts';
import {
  forgetMended,
  mendedAfter,
  noneHeld,
  noteHeldRecords,
  wasLeftOut,
  wasLeftOutForASearch,
} from './held-records.ts';

export type MatchCounts = { changes: number; candidates: number; matches: number };

type Options = {
  readonly now: Date;
  /** How many changes are matched in one transaction. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal | undefined;
};

const fetchSize = 5_000;

/** Which changes are looked at, and with which searches. */
type Scope = {
  /** SQL on `change`, a row of `read.listing_changes`. */
  readonly changes: RawBuilder<boolean>;
  /** SQL on `pair`, a change (`position`, `listing_key`) and a search (`saved_search_key`). */
  readonly pairs: RawBuilder<boolean>;
};

/** What is new. */
const news: Scope = { changes: sql`true`, pairs: sql`true` };

const ofListing = { listing: sql`change.listing_key` };
const ofPair = { listing: sql`pair.listing_key`, savedSearch: sql`pair.saved_search_key` };

/** What was left out before, of records that are mended now. */
const leftOut: Scope = {
  changes: sql`(${wasLeftOut(ofListing, sql`change.position`)} or ${wasLeftOutForASearch(sql`change.position`)})`,
  pairs: wasLeftOut(ofPair, sql`pair.position`),
};

/**
 * Holds every change since the last time against every live saved search (`isLive`), and puts the pairs that match into
 * `ops.alert_pending`, where they wait until their search is due. A batch of changes, its pairs and the cursor move in
 * one transaction: a crash repeats nothing and loses nothing. Memory stays flat: candidates come through a cursor.
 *
 * What is on the market when a search is first seen, or begins to look for something else, counts as seen. Records with
 * parked events are left out, and looked at again when they are mended.
 *
 * @param reached up to where to look
 */
export const matchChanges = async (
  db: Kysely<unknown>,
  reached: Mark,
  { now, batchSize = 1_000, signal }: Options,
): Promise<MatchCounts> => {
  const through = reached.position;
  const counts: MatchCounts = { changes: 0, candidates: 0, matches: 0 };
  const matchNext = async (transaction: Transaction<unknown>, scope: Scope, from: bigint, end: bigint) => {
    const upTo = await batchEnd(transaction, scope, from, end, batchSize);
    await matchBatch(transaction, scope, from, upTo, now, counts);
    return upTo;
  };

  const { start, again } = await db.transaction().execute(async (transaction) => {
    const start = await cursor(transaction, through);
    await noteHeldRecords(transaction, start);
    return { start, again: await mendedAfter(transaction) };
  });
  if (again !== null) {
    for (let from = again; from < start; ) {
      if (signal?.aborted) return counts;
      from = await db.transaction().execute((transaction) => matchNext(transaction, leftOut, from, start));
    }
    await db.transaction().execute(forgetMended);
  }
  for (let from = start; from < through && signal?.aborted !== true; ) {
    from = await db.transaction().execute(async (transaction) => {
      const upTo = await matchNext(transaction, news, from, through);
      await moveCursor(transaction, upTo === through ? reached : { position: upTo, event: null });
      return upTo;
    });
  }
  return counts;
};

/** Where the last run got to. The first run begins where the first search does: what is older is news to nobody. */
const cursor = async (transaction: QueryExecutorProvider, through: bigint): Promise<bigint> => {
  await sql`
    insert into ops.alert_cursor (position)
    select coalesce(min(criteria_position), ${through}) from read.saved_searches
    on conflict do nothing`.execute(transaction);
  const { rows } = await sql<{ position: string }>`select position from ops.alert_cursor for update`.execute(
    transaction,
  );
  return BigInt(rows[0]!.position);
};

/** In the middle of a range there is no event to know the position by: then the one from before stays. */
const moveCursor = async (transaction: QueryExecutorProvider, { position, event }: Mark): Promise<void> => {
  await sql`
    update ops.alert_cursor
    set position = ${position}, moved_at = clock_timestamp(),
      event_id = coalesce(${event?.id ?? null}, event_id),
      event_position = coalesce(${event?.position ?? null}::bigint, event_position)`.execute(transaction);
};

/** Up to where the changes were matched; `null` before the first run. */
export const alertMark = async (db: QueryExecutorProvider): Promise<Mark | null> => {
  const { rows } = await sql<{ position: string; event_id: string | null; event_position: string | null }>`
    select position, event_id, event_position from ops.alert_cursor`.execute(db);
  const [row] = rows;
  if (row === undefined) return null;
  const { position, event_id: id, event_position: at } = row;
  return { position: BigInt(position), event: id === null || at === null ? null : { id, position: BigInt(at) } };
};

/** The changes of a range, as `change`. */
const changesOf = ({ changes }: Scope, from: bigint, upTo: bigint) => sql`
  read.listing_changes as change
  where change.position > ${from} and change.position <= ${upTo} and ${noneHeld(ofListing)} and ${changes}`;

const batchEnd = async (
  transaction: QueryExecutorProvider,
  scope: Scope,
  from: bigint,
  through: bigint,
  batchSize: number,
): Promise<bigint> => {
  const { rows } = await sql<{ position: string }>`
    select position from ${changesOf(scope, from, through)}
    order by position offset ${batchSize - 1} limit 1`.execute(transaction);
  return rows[0] === undefined ? through : BigInt(rows[0].position);
};

type Candidate = {
  saved_search_key: string;
  contact_key: string;
  criteria: Criteria;
  listing_key: string;
  change_position: string;
};

const matchBatch = async (
  transaction: Transaction<unknown>,
  scope: Scope,
  from: bigint,
  upTo: bigint,
  now: Date,
  counts: MatchCounts,
): Promise<void> => {
  const { rows: changed } = await sql<{ listing_key: string; changes: number }>`
    select listing_key, count(*)::int as changes from ${changesOf(scope, from, upTo)} group by listing_key`.execute(
    transaction,
  );
  for (const { changes } of changed) counts.changes += changes;
  const homes = await readHomes(
    transaction,
    changed.map((row) => row.listing_key),
  );
  const matchers = new Map([...homes].map(([key, home]) => [key, matcherOf(home)]));

  await declareCandidates(transaction, scope, from, upTo);
  for (;;) {
    const { rows } = await sql<Candidate>`fetch ${sql.raw(String(fetchSize))} from candidates`.execute(transaction);
    if (rows.length === 0) break;
    counts.candidates += rows.length;
    const matching = rows.filter((row) => matchers.get(row.listing_key)?.(row.criteria) === true);
    counts.matches += await remember(transaction, matching, now);
  }
  await sql`close candidates`.execute(transaction);
  counts.matches += await rememberGone(transaction, scope, from, upTo, now);
};

/**
 * How places are compared in SQL: a little more generously than the matcher, which decides. Letters and digits only, in
 * lower case, without accents.
 */
const placeKey = (expression: ReturnType<typeof sql>) =>
  sql`regexp_replace(lower(normalize(${expression}, NFKD)), '[^[:alnum:]]+', '', 'g')`;

/**
 * Pairs of a changed home (its newest change counts) and an active search that was looking before the change. The place
 * makes the join: a search by cities meets only the homes there, one by areas the homes in one of its cities or with one of its
 * postal codes. The matcher looks at all the rest again.
 *
 * The homes are a table of their own because PostgreSQL has to know how many there are, and the places of a search are
 * behind `offset 0` so that they are worked out once for each search: left to itself it compared every search with every
 * home first (300 homes x 100,000 searches: a minute).
 */
const declareCandidates = async (transaction: QueryExecutorProvider, scope: Scope, from: bigint, upTo: bigint) => {
  await sql`
    create temporary table alert_home on commit drop as
    with changed as (
      select listing_key, max(position) as position from ${changesOf(scope, from, upTo)} group by listing_key
    )
    select changed.position, listing.listing_key, listing.list_price, listing.bedrooms_total,
      ${placeKey(sql`listing.city`)} as city, left(listing.postal_code, 5) as postal_code
    from changed join read.listings as listing using (listing_key)
    where listing.standard_status = any (${shownStatuses})
      and listing.internet_entire_listing_display_yn is distinct from false`.execute(transaction);
  await sql`analyze alert_home`.execute(transaction);
  await sql`
    declare candidates no scroll cursor for
    with search as not materialized (
      select saved_search_key, contact_key, criteria, criteria_position,
        (criteria ->> 'listPriceMin')::numeric as list_price_min,
        (criteria ->> 'listPriceMax')::numeric as list_price_max,
        (criteria ->> 'bedroomsMin')::numeric as bedrooms_min
      from read.saved_searches as search
      where ${isLive} and criteria_position < ${upTo}
        and ${noneHeld({ savedSearch: sql`saved_search_key` })} and exists (select from alert_home)
    ),
    pair as (
      select search.*, home.position, home.listing_key, home.list_price, home.bedrooms_total
      from (
        select search.*, place.city from search
          cross join lateral (
            select distinct ${placeKey(sql`wanted.city`)} as city
            from jsonb_array_elements_text(search.criteria -> 'cities') as wanted (city)
          ) as place
        where search.criteria ? 'cities' offset 0
      ) as search
        join alert_home as home using (city)
      union all
      select search.*, home.position, home.listing_key, home.list_price, home.bedrooms_total
      from (
        select search.*, place.postal_code from search
          cross join lateral (
            select distinct wanted.postal_code
            from jsonb_array_elements_text(search.criteria -> 'postalCodes') as wanted (postal_code)
          ) as place
        where not search.criteria ? 'cities' and search.criteria ? 'postalCodes' offset 0
      ) as search
        join alert_home as home using (postal_code)
      union all
      select search.*, home.position, home.listing_key, home.list_price, home.bedrooms_total
      from (
        select search.*, place.city from search
          cross join lateral (
            select distinct ${placeKey(sql`wanted.city`)} as city
            from jsonb_array_elements_text(search.criteria -> 'areas' -> 'cities') as wanted (city)
          ) as place
        where not search.criteria ?| '{cities,postalCodes}' and search.criteria ? 'areas' offset 0
      ) as search
        join alert_home as home using (city)
      union all
      select search.*, home.position, home.listing_key, home.list_price, home.bedrooms_total
      from (
        select search.*, place.postal_code from search
          cross join lateral (
            select distinct wanted.postal_code
            from jsonb_array_elements_text(search.criteria -> 'areas' -> 'postalCodes') as wanted (postal_code)
          ) as place
        where not search.criteria ?| '{cities,postalCodes}' and search.criteria ? 'areas' offset 0
      ) as search
        join alert_home as home using (postal_code)
      -- a home that is in one of the towns as well has been proposed above
      where not exists (
        select from jsonb_array_elements_text(search.criteria -> 'areas' -> 'cities') as wanted (city)
        where ${placeKey(sql`wanted.city`)} = home.city
      )
      union all
      select search.*, null, home.position, home.listing_key, home.list_price, home.bedrooms_total
      from search cross join alert_home as home
      where not search.criteria ?| '{cities,postalCodes,areas}'
    )
    select saved_search_key, contact_key, criteria, listing_key, position as change_position from pair
    where position > criteria_position and ${scope.pairs}
      and (list_price_min is null or list_price >= list_price_min)
      and (list_price_max is null or list_price <= list_price_max)
      and (bedrooms_min is null or bedrooms_total >= bedrooms_min)`.execute(transaction);
};

/** A later change of the same home takes the place of an earlier one that still waits. */
const laterWins = sql`
  on conflict (contact_key, saved_search_key, listing_key) do update
    set change_position = excluded.change_position, matched_at = excluded.matched_at
    where pending.change_position < excluded.change_position`;

const remember = async (
  transaction: QueryExecutorProvider,
  pairs: readonly Candidate[],
  now: Date,
): Promise<number> => {
  if (pairs.length === 0) return 0;
  const { numAffectedRows } = await sql`
    insert into ops.alert_pending as pending
      (contact_key, saved_search_key, listing_key, change_position, matched_at)
    select contact_key, saved_search_key, listing_key, change_position, ${now}::timestamptz from unnest(
      ${pairs.map((pair) => pair.contact_key)}::text[],
      ${pairs.map((pair) => pair.saved_search_key)}::text[],
      ${pairs.map((pair) => pair.listing_key)}::text[],
      ${pairs.map((pair) => pair.change_position)}::bigint[]
    ) as pair (contact_key, saved_search_key, listing_key, change_position)
    ${laterWins}`.execute(transaction);
  return Number(numAffectedRows ?? 0n);
};

/** Homes that left the market concern the buyers whom we told of them: they wait as well, for the search that found them. */
const rememberGone = async (
  transaction: QueryExecutorProvider,
  scope: Scope,
  from: bigint,
  upTo: bigint,
  now: Date,
): Promise<number> => {
  const { numAffectedRows } = await sql`
    insert into ops.alert_pending as pending
      (contact_key, saved_search_key, listing_key, change_position, matched_at)
    select pair.contact_key, pair.saved_search_key, pair.listing_key, pair.position, ${now}::timestamptz
    from (
      select memory.contact_key, memory.saved_search_key, memory.listing_key, changed.position
      from (select listing_key, max(position) as position from ${changesOf(scope, from, upTo)} group by listing_key) as changed
        join read.listings as listing using (listing_key)
        join ops.sent_memory as memory using (listing_key)
        join read.saved_searches as search on search.saved_search_key = memory.saved_search_key
      where listing.standard_status <> all (${shownStatuses}) and memory.told_status = any (${shownStatuses})
        and ${isLive} and search.criteria_position < changed.position
        and ${noneHeld({ savedSearch: sql`memory.saved_search_key` })}
    ) as pair
    where ${scope.pairs}
    ${laterWins}`.execute(transaction);
  return Number(numAffectedRows ?? 0n);
};
