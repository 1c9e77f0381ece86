import { changedFields, hasFields, type Known, knownFields, sameMeaning, sameValue } from '../changes.ts';
import { accept, type Decision, reject } from '../decider.ts';
import { isActiveSearch } from './active.ts';
import type { SavedSearchEvent } from './events.ts';
import type { HoldReason, SavedSearchFields } from './schema.ts';
import type { SavedSearchState } from './state.ts';

/**
 * The commands of a saved search.
 * - `RecordSavedSearch`: a source reports the search's present state; missing fields stay unchanged. `holdReasons` are
 *   all fields that were not understood completely: with any, the search is put on hold, and an empty list lifts a
 *   hold; if they are missing, the hold stays as it is.
 * - `CorrectSavedSearch`: a person corrects fields. This resolves their hold reasons; resolving the last one lifts the
 *   hold.
 * - `PauseSearch`, `ResumeSearch`: stop and restart notifying the buyer.
 */
export type SavedSearchCommand =
  | {
      readonly type: 'RecordSavedSearch';
      readonly savedSearchKey: string;
      readonly fields: Known<SavedSearchFields>;
      readonly holdReasons?: readonly HoldReason[];
    }
  | { readonly type: 'CorrectSavedSearch'; readonly changes: Known<Omit<SavedSearchFields, 'legacyIds'>> }
  | { readonly type: 'PauseSearch'; readonly reason?: string }
  | { readonly type: 'ResumeSearch' };

export const decide = (command: SavedSearchCommand, state: SavedSearchState): Decision<SavedSearchEvent> => {
  if (command.type === 'RecordSavedSearch') {
    return state.savedSearchKey === null
      ? create(command.savedSearchKey, command.fields, command.holdReasons)
      : change(command.fields, command.holdReasons ?? state.holdReasons, state);
  }
  if (state.savedSearchKey === null) return reject('search-unknown', 'There is no such saved search');
  switch (command.type) {
    case 'CorrectSavedSearch': {
      const left = state.holdReasons.filter(({ field }) => !(field in command.changes));
      return change(command.changes, left, state, sameValue);
    }
    case 'PauseSearch':
      return accept(...turned(false, command.reason, state));
    case 'ResumeSearch':
      return accept(...turned(true, undefined, state));
    default:
      return command satisfies never;
  }
};

const create = (
  savedSearchKey: string,
  fields: Known<SavedSearchFields>,
  holdReasons: readonly HoldReason[] = [],
): Decision<SavedSearchEvent> => {
  const { contactKey, criteria, activeYN = true, ...known } = knownFields(fields);
  if (contactKey === undefined) return reject('contact-missing', 'A saved search belongs to a lead', 'contactKey');
  if (criteria === undefined) return criteriaMissing;
  return accept<SavedSearchEvent>(
    { type: 'SavedSearchCreated', data: { savedSearchKey, contactKey, criteria, activeYN, ...known } },
    ...heldFor(holdReasons, []),
  );
};

const criteriaMissing = reject('criteria-missing', 'A saved search needs criteria', 'criteria');

const change = (
  wanted: Known<SavedSearchFields>,
  holdReasons: readonly HoldReason[],
  state: SavedSearchState,
  same = sameMeaning,
): Decision<SavedSearchEvent> => {
  const changes = changedFields<SavedSearchFields>(state.fields, wanted, same);
  const { criteria, activeYN, scheduleType, legacyIds: _, reasonActiveOrDisabled, ...others } = changes;
  if (others.contactKey === null) return reject('contact-missing', 'A saved search belongs to a lead', 'contactKey');
  if (criteria === null) return criteriaMissing;
  const events: SavedSearchEvent[] = [];
  // The hold comes first, so that after none of these events the search is wider than what the buyer asked for.
  if (holdReasons.length > 0) events.push(...heldFor(holdReasons, state.holdReasons));
  if (criteria !== undefined) events.push({ type: 'CriteriaChanged', data: { criteria } });
  if (scheduleType !== undefined) events.push({ type: 'ScheduleTypeChanged', data: { scheduleType } });
  const reason = wanted.reasonActiveOrDisabled;
  const turn = typeof activeYN === 'boolean' ? turned(activeYN, reason ?? undefined, state) : [];
  events.push(...turn);
  // A pause has its own reason, and resuming removes it; any other reason is an ordinary field.
  const told = turn.length === 0 ? reasonActiveOrDisabled : activeYN ? (reason ?? undefined) : undefined;
  const details = told === undefined ? others : { ...others, reasonActiveOrDisabled: told };
  if (hasFields(details)) events.push({ type: 'SavedSearchDetailsCorrected', data: { changes: details } });
  if (holdReasons.length === 0) events.push(...heldFor([], state.holdReasons));
  return accept(...events);
};

const heldFor = (reasons: readonly HoldReason[], before: readonly HoldReason[]): SavedSearchEvent[] => {
  if (sameValue(reasons, before)) return [];
  if (reasons.length === 0) return [{ type: 'SavedSearchHoldLifted', data: {} }];
  return [{ type: 'SavedSearchPutOnHold', data: { reasons: [...reasons] } }];
};

const turned = (on: boolean, reason: string | undefined, state: SavedSearchState): SavedSearchEvent[] => {
  if (on === isActiveSearch(state.fields)) return [];
  if (on) return [{ type: 'SearchResumed', data: {} }];
  return [{ type: 'SearchPaused', data: reason === undefined ? {} : { reason } }];
};
