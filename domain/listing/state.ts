import { type Known, withChanges } from '../changes.ts';
import type { ListingEvent } from './events.ts';
import type { ListingFields } from './schema.ts';

/**
 * The state of a listing. `listingKey` is `null` until it was entered; `mergedListingKeys` were separate listings and
 * are now part of this one; this listing is now part of `mergedIntoListingKey`.
 */
export type ListingState = {
  readonly listingKey: string | null;
  readonly previousListPrice: number | null;
  readonly fields: Known<ListingFields>;
  readonly mergedListingKeys: readonly string[];
  readonly splitListingKeys: readonly string[];
  readonly mergedIntoListingKey: string | null;
};

export const initialState: ListingState = {
  listingKey: null,
  previousListPrice: null,
  fields: {},
  mergedListingKeys: [],
  splitListingKeys: [],
  mergedIntoListingKey: null,
};

export const evolve = (state: ListingState, event: ListingEvent): ListingState => {
  switch (event.type) {
    case 'ListingEntered': {
      const { listingKey, ...fields } = event.data;
      return { ...state, listingKey, fields: withChanges<ListingFields>(state.fields, fields) };
    }
    case 'ListPriceChanged':
      return {
        ...changed(state, { listPrice: event.data.listPrice }),
        previousListPrice: event.data.previousListPrice,
      };
    case 'StandardStatusChanged': {
      const { previousStandardStatus: _, ...fields } = event.data;
      return changed(state, fields);
    }
    case 'ListingMediaChanged':
    case 'ListAgentChanged':
      return changed(state, event.data);
    case 'ListingDetailsCorrected':
      return changed(state, event.data.changes);
    case 'ListingMerged': {
      const { legacyIds, listingKeys = [] } = event.data;
      const next = changed(state, { legacyIds: [...new Set([...(state.fields.legacyIds ?? []), ...legacyIds])] });
      return {
        ...next,
        mergedListingKeys: [...new Set([...state.mergedListingKeys, ...listingKeys])],
        splitListingKeys: state.splitListingKeys.filter((key) => !listingKeys.includes(key)),
      };
    }
    case 'ListingSplit': {
      const { legacyIds, listingKeys } = event.data;
      const next = changed(state, { legacyIds: state.fields.legacyIds?.filter((id) => !legacyIds.includes(id)) ?? [] });
      return {
        ...next,
        mergedListingKeys: state.mergedListingKeys.filter((key) => !listingKeys.includes(key)),
        splitListingKeys: [...new Set([...state.splitListingKeys, ...listingKeys])],
      };
    }
    case 'ListingSplitFrom': {
      const { legacyIds } = event.data.fields ?? {};
      return { ...(legacyIds ? changed(state, { legacyIds }) : state), mergedIntoListingKey: null };
    }
    case 'ListingMergedInto':
      return { ...state, mergedIntoListingKey: event.data.listingKey };
    default:
      return event satisfies never;
  }
};

const changed = (state: ListingState, changes: Known<ListingFields>): ListingState => ({
  ...state,
  fields: withChanges<ListingFields>(state.fields, changes),
});
