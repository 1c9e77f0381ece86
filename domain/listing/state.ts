import { type Known, withChanges } from '../changes.ts';
import type { ListingEvent } from './events.ts';
import type { ListingFields } from './fields.ts';

/** A listing as its events leave it. `listingKey` is `null` until it was entered. */
export type ListingState = {
  readonly listingKey: string | null;
  readonly previousListPrice: number | null;
  readonly fields: Known<ListingFields>;
};

export const initialState: ListingState = { listingKey: null, previousListPrice: null, fields: {} };

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
    case 'ListingMerged':
      return changed(state, { legacyIds: [...new Set([...(state.fields.legacyIds ?? []), ...event.data.legacyIds])] });
    default:
      return event satisfies never;
  }
};

const changed = (state: ListingState, changes: Known<ListingFields>): ListingState => ({
  ...state,
  fields: withChanges<ListingFields>(state.fields, changes),
});
