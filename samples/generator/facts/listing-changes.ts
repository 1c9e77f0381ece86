import { random } from '../random.ts';
import { between, DAY, FIRST_DUMP, HOUR } from '../timeline.ts';
import type { World } from '../world.ts';
import {
  doubleOfListing,
  type ListingFacts,
  type ListingStatus,
  listingFacts,
  roundPrice,
  sale,
} from './listing-facts.ts';

export type ListingChange =
  | 'new listing'
  | 'price drop'
  | 'price rise'
  | 'on the market'
  | 'pending'
  | 'sold'
  | 'back on market'
  | 'withdrawn'
  | 'expired'
  | 'canceled'
  | 'details corrected'
  | 'marked deleted'
  | 'gone';

export type ListingNow = {
  /** Undefined if the document has been removed. */
  facts: ListingFacts | undefined;
  /** What happened to it between the two dumps; undefined if nothing did. */
  change?: ListingChange;
};

/** Listing number `index` at the world's stage, and what changed since the first dump. */
export function listingNow(world: World, index: number): ListingNow {
  const facts = listingFacts(world, index);
  if (world.stage === 'first') return { facts };
  if (index >= world.listings) return { facts, change: 'new listing' };
  // A stale second scrape is never touched again.
  if (doubleOfListing(world, index) !== undefined) return { facts };
  const r = random(world.seed, 'listing', index, 'later');
  const change = r.among(likely(facts));
  if (change === 'nothing') return { facts };
  if (change === 'gone') return { facts: undefined, change };
  const at = between(FIRST_DUMP + 3 * HOUR, FIRST_DUMP + 13.5 * DAY, r);
  // Manual edits in the database: one in fifteen leaves `updatedAt` unchanged.
  const updatedAt = r.chance(1 / 15) ? facts.updatedAt : at;
  const set = (more: Partial<ListingFacts>): ListingNow => ({ facts: { ...facts, ...more, updatedAt }, change });
  switch (change) {
    case 'price drop':
      return set({ price: Math.min(facts.price - 1_000, roundPrice(facts.price * (0.9 + r.next() * 0.07), r)) });
    case 'price rise':
      return set({ price: Math.max(facts.price + 1_000, roundPrice(facts.price * (1.02 + r.next() * 0.04), r)) });
    case 'sold':
      return set({ status: 'Sold', ...sale(facts.price, at, r) });
    case 'details corrected':
      return set({ photos: facts.photos + 1, ...(facts.squareFeet ? { squareFeet: facts.squareFeet + 10 } : {}) });
    case 'marked deleted':
      return set({ deleted: true });
    default:
      return set({ status: statusAfter[change] });
  }
}

const statusAfter: Record<
  'on the market' | 'pending' | 'back on market' | 'withdrawn' | 'expired' | 'canceled' | 'new listing',
  ListingStatus
> = {
  'new listing': 'Active',
  'on the market': 'Active',
  pending: 'Pending',
  'back on market': 'Back on Market',
  withdrawn: 'Withdrawn',
  expired: 'Expired',
  canceled: 'Canceled',
};

/** How likely each change is in two weeks, in percent. */
function likely({ status, deleted, createdAt }: ListingFacts): Partial<Record<ListingChange | 'nothing', number>> {
  const off = { nothing: 97.5, 'details corrected': 1.5, 'marked deleted': 0.5, gone: 0.5 };
  if (deleted) return { nothing: 100 };
  switch (status) {
    case 'Active':
    case 'Back on Market':
      return {
        nothing: 52,
        'price drop': 22,
        'price rise': 4,
        pending: 11,
        sold: 2,
        withdrawn: 2.5,
        expired: 1.5,
        canceled: 1.5,
        'details corrected': 2.5,
        gone: 1,
      };
    case 'Coming Soon':
      return { nothing: 35, 'on the market': 65 };
    case 'Pending':
      return { nothing: 52, sold: 36, 'back on market': 12 };
    case 'Withdrawn':
    case 'Expired':
      return FIRST_DUMP - createdAt < 300 * DAY ? { nothing: 85, 'back on market': 15 } : off;
    default:
      return off;
  }
}
