import { befalls } from '../dirt.ts';
import { type Place, placeIn, someTown, summerTowns, type Town } from '../places.ts';
import { type Random, random } from '../random.ts';
import { between, createdAt, DAY, FIRST_DUMP, HOUR } from '../timeline.ts';
import type { World } from '../world.ts';
import { someAgent } from './agent-facts.ts';

export type ListingStatus =
  | 'Active'
  | 'Coming Soon'
  | 'Pending'
  | 'Sold'
  | 'Withdrawn'
  | 'Expired'
  | 'Canceled'
  | 'Back on Market';

export type PropertyKind = 'Single Family' | 'Condo' | 'Townhouse' | 'Multi' | 'Land' | 'Mobile';

/** The facts about a home for sale, before the old CRM's ways of writing them. Money in dollars, times in ms. */
export type ListingFacts = {
  mlsNumber: number;
  status: ListingStatus;
  price: number;
  originalPrice: number;
  soldPrice?: number;
  soldDate?: number;
  kind: PropertyKind;
  place: Place;
  beds?: number;
  baths?: { full: number; half: number };
  squareFeet?: number;
  lotAcres?: number;
  yearBuilt?: number;
  /** What the owners' association asks for a month; 0 where there is none. */
  monthlyFee?: number;
  waterfront: boolean;
  pool: boolean;
  photos: number;
  /** The number of the agent. */
  agent: number;
  deleted: boolean;
  createdAt: number;
  updatedAt: number;
};

/** The number of the home of which listing `index` is a second scrape, if any. */
export function doubleOfListing(world: World, index: number): number | undefined {
  if (index < 3 || index >= world.listings || !befalls(world, 'listing scraped twice', index, 0.08)) return undefined;
  const first = random(world.seed, 'listing', index, 'double of').int(0, index - 1);
  return befalls(world, 'listing scraped twice', first, 0.08) ? undefined : first;
}

/** Listing number `index` as of the first dump (or, if numbered after those, as it came on the market). */
export function listingFacts(world: World, index: number): ListingFacts {
  const first = doubleOfListing(world, index);
  if (first !== undefined) return secondScrape(world, index, listingFacts(world, first));
  const r = random(world.seed, 'listing', index);
  const listedAt = createdAt(world, 'listing', index);
  const town = r.chance(0.03) ? r.pick(summerTowns) : someTown(r);
  const kind = r.weighted<PropertyKind>([
    ['Single Family', 50],
    ['Condo', 24],
    ['Townhouse', 13],
    ['Multi', 4],
    ['Land', 5],
    ['Mobile', 4],
  ]);
  const waterfront = r.chance(0.18);
  const originalPrice = priceOf(town, kind, waterfront, r);
  return {
    mlsNumber: 10_100_000 + index * 3 + r.int(0, 2),
    originalPrice,
    kind,
    place: placeIn(town, kind === 'Condo' || (kind === 'Townhouse' && r.chance(0.4)), r),
    ...building(kind, originalPrice, town, r),
    ...fees(world, index, kind),
    waterfront,
    pool: kind !== 'Land' && kind !== 'Mobile' && r.chance(0.4),
    photos: kind === 'Land' ? r.int(0, 3) : r.int(2, 9),
    agent: someAgent(world, listedAt, r),
    deleted: index < world.listings && r.chance(0.015),
    createdAt: listedAt,
    ...(index < world.listings ? course(listedAt, originalPrice, r) : fresh(listedAt, originalPrice, r)),
  };
}

const kindFactor: Record<PropertyKind, number> = {
  'Single Family': 1,
  Condo: 0.52,
  Townhouse: 0.66,
  Multi: 1.15,
  Land: 0.45,
  Mobile: 0.21,
};

/** Asking prices as people choose them: round thousands, or just under. */
export function roundPrice(dollars: number, r: Random): number {
  const step = dollars > 1_000_000 ? 25_000 : dollars > 300_000 ? 5_000 : 1_000;
  const round = Math.max(step, Math.round(dollars / step) * step);
  return r.chance(0.35) ? round - 100 : r.chance(0.3) ? round - 1_000 : round;
}

function priceOf(town: Town, kind: PropertyKind, waterfront: boolean, r: Random): number {
  const spread = r.bell();
  const factor = spread < 0 ? 1 + spread * 0.55 : 1 + spread * 1.1 + (r.chance(0.05) ? 1.5 : 0);
  return roundPrice(town.median * kindFactor[kind] * factor * (waterfront ? 1.45 : 1), r);
}

/** Rooms, size and year that suit the kind of home and its price. */
function building(kind: PropertyKind, price: number, town: Town, r: Random) {
  const rich = price / (town.median * kindFactor[kind]);
  if (kind === 'Land') return { lotAcres: Math.round((0.15 + r.next() * 1.6) * 100) / 100 };
  const usual = { 'Single Family': 3, Condo: 2, Townhouse: 3, Multi: 5, Mobile: 2 }[kind];
  const beds =
    kind === 'Condo' && r.chance(0.12) ? 0 : Math.max(1, usual + Math.round(r.bell() * 1.4 + (rich - 1) * 0.8));
  const full = Math.max(1, Math.min(beds, Math.round(beds * 0.7 + r.next() * 0.8)));
  const perBed = { 'Single Family': 620, Condo: 560, Townhouse: 590, Multi: 520, Mobile: 430 }[kind];
  const squareFeet = Math.round((350 + beds * perBed * (0.85 + r.next() * 0.3) + (rich > 1.5 ? 400 : 0)) / 5) * 5;
  return {
    beds,
    baths: { full, half: beds > 1 && r.chance(0.4) ? 1 : 0 },
    squareFeet,
    ...(kind === 'Condo'
      ? {}
      : { lotAcres: Math.round((0.06 + r.next() * (kind === 'Townhouse' ? 0.08 : 0.4)) * 100) / 100 }),
    yearBuilt: kind === 'Mobile' ? r.int(1968, 2004) : r.chance(0.07) ? r.int(1926, 1957) : r.int(1958, 2025),
  };
}

/** Almost all condos and most townhouses pay dues, and some of the others. Has its own key, so that the rest of the facts do not change. */
function fees(world: World, index: number, kind: PropertyKind) {
  const r = random(world.seed, 'listing', index, 'association fee');
  const known = { Condo: 0.95, Townhouse: 0.85, 'Single Family': 0.5, Multi: 0.1, Land: 0, Mobile: 0.4 }[kind];
  if (!r.chance(known)) return {};
  const free = kind !== 'Condo' && r.chance(0.25);
  return { monthlyFee: free ? 0 : r.int(kind === 'Condo' ? 50 : 8, kind === 'Condo' ? 190 : 80) * 5 };
}

/** The history of a home listed at `listedAt` up to the first dump. */
function course(listedAt: number, originalPrice: number, r: Random) {
  const age = (FIRST_DUMP - listedAt) / DAY;
  const status = r.among(statusAt(age));
  const drops = age > 20 && r.chance(0.4) ? r.int(1, 2) : 0;
  let price = originalPrice;
  for (let i = 0; i < drops; i++) price = roundPrice(price * (0.94 + r.next() * 0.04), r);
  const end = Math.min(FIRST_DUMP - HOUR, listedAt + r.int(10, 170) * DAY);
  const changed = status === 'Coming Soon' || (status === 'Active' && drops === 0 && r.chance(0.6));
  const updatedAt = changed ? between(listedAt, Math.min(end, listedAt + DAY), r) : between(listedAt + HOUR, end, r);
  return { status, price, ...(status === 'Sold' ? sale(price, updatedAt, r) : {}), updatedAt };
}

/** The statuses of listings of this age, in percent. */
function statusAt(days: number): Partial<Record<ListingStatus, number>> {
  if (days < 3) return { Active: 70, 'Coming Soon': 30 };
  if (days < 21) return { Active: 74, 'Coming Soon': 10, Pending: 14, Withdrawn: 2 };
  if (days < 150) return { Active: 64, Pending: 14, Sold: 11, Withdrawn: 4, 'Back on Market': 5, Canceled: 2 };
  return { Sold: 72, Expired: 8, Canceled: 6, Withdrawn: 6, Active: 8 };
}

/** A home that came on the market between the two dumps. */
function fresh(listedAt: number, price: number, r: Random) {
  return { status: r.chance(0.85) ? ('Active' as const) : ('Coming Soon' as const), price, updatedAt: listedAt };
}

/** The price and day of a sale that was entered at `enteredAt`. */
export function sale(price: number, enteredAt: number, r: Random) {
  const soldPrice = Math.round((price * (0.95 + r.next() * 0.06)) / 500) * 500;
  return { soldPrice, soldDate: Math.floor((enteredAt - r.int(0, 36) * HOUR) / DAY) * DAY };
}

/** The same home scraped again a little later: same number and address, slightly different details. */
function secondScrape(world: World, index: number, first: ListingFacts): ListingFacts {
  const r = random(world.seed, 'listing', index, 'second scrape');
  const late = r.chance(0.5);
  return {
    ...first,
    photos: Math.max(1, first.photos + r.int(-1, 2)),
    ...(first.squareFeet && r.chance(0.3) ? { squareFeet: first.squareFeet + 5 } : {}),
    createdAt: between(first.createdAt, first.updatedAt, r),
    // Older or newer than the other with equal odds: `updatedAt` decides which one wins.
    updatedAt: late
      ? first.updatedAt + r.int(1, 50) * 60_000
      : Math.max(first.createdAt + 1000, first.updatedAt - r.int(1, 50) * 60_000),
    deleted: false,
  };
}
