import type { ListingState } from '../domain/listing/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { listings } from './aggregates.ts';
import { type Loaded, load } from './execute.ts';

/**
 * The present listing for a key. A merged listing is followed to the one that it was merged into, because a link in an
 * old e-mail has the former key. An unknown key gives the empty state.
 */
export const loadListing = async (
  store: EventStore,
  listingKey: string,
): Promise<Loaded<ListingState> & { readonly listingKey: string }> => {
  const loaded = await load(store, listings, listingKey);
  const { mergedIntoListingKey } = loaded.state;
  return mergedIntoListingKey === null ? { ...loaded, listingKey } : await loadListing(store, mergedIntoListingKey);
};
