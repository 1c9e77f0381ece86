import { changedFields, hasFields, type Known, knownFields } from '../changes.ts';
import { accept, type Decision, reject } from '../decider.ts';
import type { SavedSearchEvent } from './events.ts';
import type { SavedSearchFields } from './fields.ts';
import type { SavedSearchState } from './state.ts';

/**
 * What can be asked of a saved search.
 * - `RecordSavedSearch`: a source says how the search is now; missing fields are left alone.
 * - `PauseSearch`, `ResumeSearch`: stop telling the buyer, go on telling.
 */
export type SavedSearchCommand =
  | {
      readonly type: 'RecordSavedSearch';
      readonly savedSearchKey: string;
      readonly fields: Known<SavedSearchFields>;
    }
  | { readonly type: 'PauseSearch'; readonly reason?: string }
  | { readonly type: 'ResumeSearch' };

export const decide = (command: SavedSearchCommand, state: SavedSearchState): Decision<SavedSearchEvent> => {
  switch (command.type) {
    case 'RecordSavedSearch':
      return state.savedSearchKey === null
        ? create(command.savedSearchKey, command.fields)
        : record(command.fields, state);
    case 'PauseSearch':
    case 'ResumeSearch':
      if (state.savedSearchKey === null) return reject('search-unknown', 'There is no such saved search');
      return accept(
        ...turned(command.type === 'ResumeSearch', command.type === 'PauseSearch' ? command.reason : undefined, state),
      );
    default:
      return command satisfies never;
  }
};

const create = (savedSearchKey: string, fields: Known<SavedSearchFields>): Decision<SavedSearchEvent> => {
  const { contactKey, criteria, activeYN = true, ...known } = knownFields(fields);
  if (contactKey === undefined) return reject('contact-missing', 'A saved search belongs to a lead', 'contactKey');
  if (criteria === undefined || !hasFields(criteria)) {
    return reject('criteria-missing', 'A saved search needs at least one criterion', 'criteria');
  }
  return accept({ type: 'SavedSearchCreated', data: { savedSearchKey, contactKey, criteria, activeYN, ...known } });
};

const record = (wanted: Known<SavedSearchFields>, state: SavedSearchState): Decision<SavedSearchEvent> => {
  const changes = changedFields<SavedSearchFields>(state.fields, wanted);
  const { criteria, activeYN, scheduleType, legacyIds: _, reasonActiveOrDisabled, ...others } = changes;
  if (others.contactKey === null) return reject('contact-missing', 'A saved search belongs to a lead', 'contactKey');
  const events: SavedSearchEvent[] = [];
  if (criteria !== undefined) {
    if (criteria === null || !hasFields(criteria)) {
      return reject('criteria-missing', 'A saved search needs at least one criterion', 'criteria');
    }
    events.push({ type: 'CriteriaChanged', data: { criteria } });
  }
  if (scheduleType !== undefined) events.push({ type: 'ScheduleTypeChanged', data: { scheduleType } });
  const reason = wanted.reasonActiveOrDisabled;
  const turn = typeof activeYN === 'boolean' ? turned(activeYN, reason ?? undefined, state) : [];
  events.push(...turn);
  // A pause carries its reason itself, and resuming takes it away; any other reason is a detail.
  const told = turn.length === 0 ? reasonActiveOrDisabled : activeYN ? (reason ?? undefined) : undefined;
  const details = told === undefined ? others : { ...others, reasonActiveOrDisabled: told };
  if (hasFields(details)) events.push({ type: 'SavedSearchDetailsCorrected', data: { changes: details } });
  return accept(...events);
};

const turned = (on: boolean, reason: string | undefined, state: SavedSearchState): SavedSearchEvent[] => {
  if (on === (state.fields.activeYN ?? true)) return [];
  if (on) return [{ type: 'SearchResumed', data: {} }];
  return [{ type: 'SearchPaused', data: reason === undefined ? {} : { reason } }];
};
