import type { ListingState } from '../domain/listing/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { listings } from './aggregates.ts';
import { type Loaded, load } from './execute.ts';

/**
 * The listing that a key means today: one that was merged into another is followed there, because a link in an old e-mail
 * names the listing as it was then. A key that no listing has gives the empty state.
 */
export const loadListing = async (
  store: EventStore,
  listingKey: string,
): Promise<Loaded<ListingState> & { readonly listingKey: string }> => {
  const loaded = await load(store, listings, listingKey);
  const { mergedIntoListingKey } = loaded.state;
  return mergedIntoListingKey === null ? { ...loaded, listingKey } : await loadListing(store, mergedIntoListingKey);
};
