import type { Decider } from '../decider.ts';
import { decide, type SavedSearchCommand } from './decide.ts';
import type { SavedSearchEvent } from './events.ts';
import { evolve, initialState, type SavedSearchState } from './state.ts';

export { isActiveSearch } from './active.ts';
export type { SavedSearchCommand } from './decide.ts';
export { type SavedSearchEvent, savedSearchEvents } from './events.ts';
export {
  type Criteria,
  criteriaSchema,
  type HoldReason,
  type SavedSearchFields,
  savedSearchFieldsSchema,
} from './schema.ts';
export type { SavedSearchState } from './state.ts';

export const savedSearch: Decider<SavedSearchCommand, SavedSearchEvent, SavedSearchState> = {
  decide,
  evolve,
  initialState,
};
