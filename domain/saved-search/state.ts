import { type Known, withChanges } from '../changes.ts';
import type { SavedSearchEvent } from './events.ts';
import type { HoldReason, SavedSearchFields } from './schema.ts';

/**
 * The state of a saved search. `savedSearchKey` is `null` until it was created; the search is on hold while there are
 * `holdReasons`.
 */
export type SavedSearchState = {
  readonly savedSearchKey: string | null;
  readonly fields: Known<SavedSearchFields>;
  readonly holdReasons: readonly HoldReason[];
};

export const initialState: SavedSearchState = { savedSearchKey: null, fields: {}, holdReasons: [] };

export const evolve = (state: SavedSearchState, event: SavedSearchEvent): SavedSearchState => {
  switch (event.type) {
    case 'SavedSearchCreated': {
      const { savedSearchKey, ...fields } = event.data;
      return { ...state, savedSearchKey, fields: withChanges<SavedSearchFields>(state.fields, fields) };
    }
    case 'CriteriaChanged':
    case 'ScheduleTypeChanged':
      return changed(state, event.data);
    case 'SearchPaused':
      return changed(state, { activeYN: false, reasonActiveOrDisabled: event.data.reason ?? null });
    case 'SearchResumed':
      return changed(state, { activeYN: true, reasonActiveOrDisabled: null });
    case 'SavedSearchDetailsCorrected':
      return changed(state, event.data.changes);
    case 'SavedSearchPutOnHold':
      return { ...state, holdReasons: event.data.reasons };
    case 'SavedSearchHoldLifted':
      return { ...state, holdReasons: [] };
    default:
      return event satisfies never;
  }
};

const changed = (state: SavedSearchState, changes: Known<SavedSearchFields>): SavedSearchState => ({
  ...state,
  fields: withChanges<SavedSearchFields>(state.fields, changes),
});
