import type { Place } from '../places.ts';
import { homeTowns } from '../places.ts';
import { type Random, random } from '../random.ts';
import { between, DAY, FIRST_DUMP, HOUR, newestBefore } from '../timeline.ts';
import type { World } from '../world.ts';
import { listingNow } from './listing-changes.ts';
import { doubleOfListing } from './listing-facts.ts';
import { searchCount, searchCreatedAt, searchCriteria } from './search-facts.ts';

/** One e-mailed listing: row `n` of the listing, to the first saved search of `contact`. */
export type AlertFacts = { n: number; contact: number; at: number };

/** The contacts that search in each town, by number, in ascending order. A few bytes per contact; nothing else is kept in memory. */
export type Searchers = ReadonlyMap<string, readonly number[]>;

const cityOfZip = new Map(homeTowns.flatMap((town) => town.zips.map((zip) => [zip, town.city] as const)));

/** The contacts whose first saved search, from before the first dump, names a town or one of its ZIP codes. */
export function searchersOf(world: World): Searchers {
  const byCity = new Map<string, number[]>(homeTowns.map((town) => [town.city, []]));
  for (let contact = 0; contact < world.contacts; contact++) {
    if (searchCount(world, contact) === 0) continue;
    const { cities, zips } = searchCriteria(world, contact, 0);
    for (const city of new Set([...cities, ...zips.map((zip) => cityOfZip.get(zip)!)])) byCity.get(city)!.push(contact);
  }
  return byCity;
}

/**
 * Who listing number `index` was e-mailed to: up to twenty rows when it came on the market, for searches of that time that
 * match its town. The later dump adds a few rows for what happened since; most of that has not been sent yet.
 */
export function alertsOf(world: World, searchers: Searchers, index: number): AlertFacts[] {
  if (doubleOfListing(world, index) !== undefined) return [];
  const rows: AlertFacts[] = [];
  const { facts, change } = listingNow(world, index);
  if (index < world.listings) {
    const before = world.stage === 'first' ? facts! : listingNow({ ...world, stage: 'first' }, index).facts!;
    const r = random(world.seed, 'alerts', index);
    rows.push(...alertRows(world, searchers, before.place, before.createdAt, FIRST_DUMP - HOUR, r.int(2, 12), 0, r));
  }
  if (world.stage === 'later' && facts && change) {
    const r = random(world.seed, 'alerts', index, 'later');
    if (r.chance(0.12)) {
      const used = new Set(rows.map((row) => row.contact));
      const more = alertRows(
        world,
        searchers,
        facts.place,
        Math.max(FIRST_DUMP + HOUR, facts.updatedAt),
        FIRST_DUMP + 13.9 * DAY,
        r.int(1, 2),
        16,
        r,
      );
      rows.push(...more.filter((row) => !used.has(row.contact)));
    }
  }
  return rows;
}

function alertRows(
  world: World,
  searchers: Searchers,
  place: Place,
  from: number,
  until: number,
  count: number,
  firstN: number,
  r: Random,
): AlertFacts[] {
  const candidates = searchers.get(place.city) ?? [];
  const known = countUpTo(candidates, newestBefore(world.contacts, from + 45 * DAY));
  const seen = new Set<number>();
  const rows: AlertFacts[] = [];
  for (let tries = Math.min(known, count) * 4; tries > 0 && rows.length < count; tries--) {
    const contact = candidates[r.int(0, known - 1)]!;
    if (seen.has(contact)) continue;
    seen.add(contact);
    const { cities, zips } = searchCriteria(world, contact, 0);
    if (!cities.includes(place.city) && !zips.includes(place.zip)) continue;
    const earliest = Math.max(from, searchCreatedAt(world, contact, 0)) + 900_000;
    if (earliest >= until) continue;
    rows.push({ n: firstN + rows.length, contact, at: between(earliest, Math.min(until, earliest + DAY), r) });
  }
  return rows;
}

/** How many of these ascending numbers are not above `limit`. */
function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
