import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { shownStatuses } from '../../../domain/listing/index.ts';
import type { Criteria } from '../../../domain/saved-search/index.ts';
import { isDisplayedRow } from '../../../projections/listings/displayed.ts';
import { isLive } from '../searches/live-search.ts';
import { type ChangeRange, changedListings } from './change-range.ts';
import { noneHeld } from './held-records.ts';

/** A home that changed, and a saved search that may match it; the matcher decides. */
export type Candidate = {
  saved_search_key: string;
  contact_key: string;
  criteria: Criteria;
  listing_key: string;
  change_position: string;
};

const fetchSize = 5_000;

/**
 * Pairs of a changed home (with its newest change) and a live search that began before the change, in batches of some
 * thousands through a cursor, since there may be more than fit into memory.
 */
export async function* candidatesIn(
  transaction: QueryExecutorProvider,
  range: ChangeRange,
): AsyncGenerator<readonly Candidate[]> {
  await makeHomeTable(transaction, range);
  await declareCandidates(transaction, range);
  for (;;) {
    const { rows } = await sql<Candidate>`fetch ${sql.raw(String(fetchSize))} from candidates`.execute(transaction);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql`close candidates`.execute(transaction);
}

/**
 * How places are compared in SQL, a little more generously than in the matcher, which decides: letters and digits only,
 * lower-cased, without accents.
 */
const placeKey = (expression: RawBuilder<unknown>) =>
  sql`regexp_replace(lower(normalize(${expression}, NFKD)), '[^[:alnum:]]+', '', 'g')`;

/**
 * The homes on the market that changed, in a temporary table, because PostgreSQL has to know how many there are:
 * otherwise it compared every search with every home first (300 homes × 100,000 searches took a minute).
 */
const makeHomeTable = async (transaction: QueryExecutorProvider, range: ChangeRange): Promise<void> => {
  await sql`
    create temporary table alert_home on commit drop as
    select changed.position, listing.listing_key, listing.list_price, listing.bedrooms_total,
      ${placeKey(sql`listing.city`)} as city, left(listing.postal_code, 5) as postal_code
    from ${changedListings(range)} as changed join read.listings as listing using (listing_key)
    where listing.standard_status = any (${shownStatuses})
      and ${isDisplayedRow}`.execute(transaction);
  await sql`analyze alert_home`.execute(transaction);
};

/** The join is by place, so a search meets only the homes in its places. The matcher checks everything else. */
const declareCandidates = async (transaction: QueryExecutorProvider, { scope, upTo }: ChangeRange): Promise<void> => {
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
    pair as (${sql.join([...inPlaces, anywhere], sql` union all `)})
    select saved_search_key, contact_key, criteria, listing_key, position as change_position from pair
    where position > criteria_position and ${scope.pairs}
      and (list_price_min is null or list_price >= list_price_min)
      and (list_price_max is null or list_price <= list_price_max)
      and (bedrooms_min is null or bedrooms_total >= bedrooms_min)`.execute(transaction);
};

const homeColumns = sql`home.position, home.listing_key, home.list_price, home.bedrooms_total`;

type PlaceJoin = {
  readonly column: 'city' | 'postal_code';
  /** SQL: a list of such places, as JSON. */
  readonly places: RawBuilder<unknown>;
  /** SQL: the searches that use this list. */
  readonly when: RawBuilder<boolean>;
  /** SQL: the pairs to leave out. */
  readonly except?: RawBuilder<boolean>;
};

/** SQL: `search` with each `home` in one of its places. */
const homesIn = ({ column: name, places, when, except = sql`false` }: PlaceJoin): RawBuilder<unknown> => {
  const column = sql.ref(name);
  const place = name === 'city' ? placeKey(sql`wanted.place`) : sql`wanted.place`;
  // `offset 0` makes PostgreSQL compute a search's places once, and not again for each home.
  return sql`
    select search.*, ${homeColumns}
    from (
      select search.*, place.${column} from search
        cross join lateral (
          select distinct ${place} as ${column} from jsonb_array_elements_text(${places}) as wanted (place)
        ) as place
      where ${when} offset 0
    ) as search
      join alert_home as home using (${column})
    where not ${except}`;
};

const byCities = sql<boolean>`search.criteria ? 'cities'`;
const byPostalCodes = sql<boolean>`not search.criteria ? 'cities' and search.criteria ? 'postalCodes'`;
const byAreas = sql<boolean>`not search.criteria ?| '{cities,postalCodes}' and search.criteria ? 'areas'`;
const citiesOfAreas = sql`search.criteria -> 'areas' -> 'cities'`;

/** A home that is also in one of the cities is already paired by that. */
const inOneOfTheCities = sql<boolean>`exists (
  select from jsonb_array_elements_text(${citiesOfAreas}) as wanted (place)
  where ${placeKey(sql`wanted.place`)} = home.city
)`;

/** A search by cities looks in those, a search by areas in their cities and postal codes. */
const inPlaces = [
  homesIn({ column: 'city', places: sql`search.criteria -> 'cities'`, when: byCities }),
  homesIn({ column: 'postal_code', places: sql`search.criteria -> 'postalCodes'`, when: byPostalCodes }),
  homesIn({ column: 'city', places: citiesOfAreas, when: byAreas }),
  homesIn({
    column: 'postal_code',
    places: sql`search.criteria -> 'areas' -> 'postalCodes'`,
    when: byAreas,
    except: inOneOfTheCities,
  }),
];

const anywhere = sql`
  select search.*, null, ${homeColumns}
  from search cross join alert_home as home
  where not search.criteria ?| '{cities,postalCodes,areas}'`;
