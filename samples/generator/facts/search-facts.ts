import { polygonAround } from '../places.ts';
import { random } from '../random.ts';
import { between, createdAt, DAY, FIRST_DUMP, HOUR, LATER_DUMP } from '../timeline.ts';
import type { World } from '../world.ts';
import { contactWants, type Wants } from './contact-facts.ts';
import type { PropertyKind } from './listing-facts.ts';

export type Criteria = {
  cities: string[];
  zips: string[];
  minPrice?: number;
  maxPrice?: number;
  minBeds?: number;
  minBaths?: number;
  minSqft?: number;
  types: PropertyKind[];
  keywords: string[];
  polygon?: [number, number][];
};

/** The facts about a saved search. */
export type SearchFacts = {
  /** The number of the contact who owns the search. */
  contact: number;
  criteria: Criteria;
  frequency?: 'instant' | 'daily' | 'weekly' | 'never';
  active: boolean;
  lastSentAt?: number;
  createdAt: number;
  updatedAt: number;
};

export type SearchChange = 'new search' | 'paused' | 'criteria changed';

/** How many searches contact number `index` had saved by the first dump, or since then if it came later. */
export function searchCount(world: World, index: number): number {
  const r = random(world.seed, 'contact', index, 'searches');
  return r.chance(0.34) ? (r.chance(0.15) ? 2 : 1) : 0;
}

/** Whether a contact without searches saved a first one between the two dumps. */
const startsLater = (world: World, index: number) => random(world.seed, 'contact', index, 'starts later').chance(0.02);

/** How many saved searches contact number `index` has at the world's stage. */
export function searchCountNow(world: World, index: number): number {
  const before = searchCount(world, index);
  return before === 0 && world.stage === 'later' && index < world.contacts && startsLater(world, index) ? 1 : before;
}

/** When search number `n` of contact number `index` was saved, in ms. */
export function searchCreatedAt(world: World, index: number, n: number): number {
  const r = random(world.seed, 'search', index, n, 'created');
  if (index < world.contacts && searchCount(world, index) === 0)
    return between(FIRST_DUMP + 5 * HOUR, FIRST_DUMP + 10 * DAY, r);
  const captured = createdAt(world, 'contact', index);
  const end = index < world.contacts ? FIRST_DUMP - HOUR : LATER_DUMP - HOUR;
  return between(captured + 60_000, Math.min(end, captured + (n + 1) * 60 * DAY), r);
}

/** The criteria of search number `n` of contact number `index`: roughly what the contact wants. */
export function searchCriteria(world: World, index: number, n: number): Criteria {
  const wants: Wants = contactWants(world, index);
  const r = random(world.seed, 'search', index, n, 'criteria');
  const town = wants.towns[n % wants.towns.length]!;
  const where = r.weighted([
    ['cities', 7],
    ['zips', 2],
    ['polygon', 1],
  ] as const);
  const max = wants.budget?.max ?? Math.round(town.median / 50_000) * 50_000;
  return {
    cities:
      where === 'cities'
        ? [...new Set([town.city, ...(r.chance(0.5) ? wants.towns.map((other) => other.city) : [])])]
        : [],
    zips: where === 'zips' ? r.some(town.zips, r.int(1, 3)) : [],
    ...(r.chance(0.5) ? { minPrice: wants.budget?.min ?? Math.round(max / 20_000) * 10_000 } : {}),
    ...(r.chance(0.9) ? { maxPrice: Math.round((max * 1.1) / 5_000) * 5_000 } : {}),
    ...(r.chance(0.5) ? { minBeds: wants.bedsMin ?? 2 } : {}),
    ...(r.chance(0.2) ? { minBaths: r.int(1, 2) } : {}),
    ...(r.chance(0.15) ? { minSqft: r.int(8, 20) * 100 } : {}),
    types: r.chance(0.3)
      ? r.pick<PropertyKind[]>([['Single Family'], ['Condo'], ['Condo', 'Townhouse'], ['Single Family', 'Townhouse']])
      : [],
    keywords: r.chance(0.1) ? [r.pick(['pool', 'waterfront', 'golf', 'dock', 'no HOA'])] : [],
    ...(where === 'polygon' ? { polygon: polygonAround(r.pick(town.zips), world.seed, index, n) } : {}),
  };
}

/** Search number `n` of contact number `index` at the world's stage, and what changed since the first dump. */
export function searchNow(world: World, index: number, n: number): { facts: SearchFacts; change?: SearchChange } {
  const r = random(world.seed, 'search', index, n);
  const savedAt = searchCreatedAt(world, index, n);
  const isNew = savedAt > FIRST_DUMP;
  const updatedAt = isNew ? savedAt : between(savedAt, Math.min(FIRST_DUMP - HOUR, savedAt + 90 * DAY), r);
  const facts: SearchFacts = {
    contact: index,
    criteria: searchCriteria(world, index, n),
    ...(r.chance(0.9)
      ? {
          frequency: r.weighted([
            ['instant', 3],
            ['daily', 5],
            ['weekly', 2],
            ['never', 0.4],
          ] as const),
        }
      : {}),
    active: isNew || r.chance(0.88),
    ...(!isNew && r.chance(0.7) ? { lastSentAt: between(savedAt, FIRST_DUMP - HOUR, r) } : {}),
    createdAt: savedAt,
    updatedAt,
  };
  if (world.stage === 'first') return { facts };
  if (isNew) return { facts, change: 'new search' };
  const later = random(world.seed, 'search', index, n, 'later');
  const at = between(FIRST_DUMP + 3 * HOUR, FIRST_DUMP + 13 * DAY, later);
  const { maxPrice } = facts.criteria;
  if (facts.active && later.chance(0.03))
    return { facts: { ...facts, active: false, updatedAt: at }, change: 'paused' };
  if (maxPrice && later.chance(0.03)) {
    return {
      facts: { ...facts, criteria: { ...facts.criteria, maxPrice: maxPrice + 25_000 }, updatedAt: at },
      change: 'criteria changed',
    };
  }
  return { facts };
}
