import { changedFields, hasFields, type Known, knownFields, sameMeaning, sameValue } from '../changes.ts';
import { accept, type Decision, reject } from '../decider.ts';
import type { SavedSearchEvent } from './events.ts';
import type { HoldReason, SavedSearchFields } from './schema.ts';
import type { SavedSearchState } from './state.ts';

/**
 * What can be asked of a saved search.
 * - `RecordSavedSearch`: a source says how the search is now; missing fields are left alone. `holdReasons` are all fields that were
 *   not understood completely: with any, the search is put on hold, with none (an empty list) a hold is lifted; when they are
 *   missing, the hold is left as it is.
 * - `CorrectSavedSearch`: a person says what is right. That settles the hold reasons of these fields; the last one lifts the hold.
 * - `PauseSearch`, `ResumeSearch`: stop telling the buyer, go on telling.
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

const criteriaMissing = reject('criteria-missing', 'A saved search must say what it looks for', 'criteria');

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
  // First of all: at no event of these does it look for more than the buyer asked for.
  if (holdReasons.length > 0) events.push(...heldFor(holdReasons, state.holdReasons));
  if (criteria !== undefined) events.push({ type: 'CriteriaChanged', data: { criteria } });
  if (scheduleType !== undefined) events.push({ type: 'ScheduleTypeChanged', data: { scheduleType } });
  const reason = wanted.reasonActiveOrDisabled;
  const turn = typeof activeYN === 'boolean' ? turned(activeYN, reason ?? undefined, state) : [];
  events.push(...turn);
  // A pause carries its reason itself, and resuming takes it away; any other reason is a detail.
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
  if (on === (state.fields.activeYN ?? true)) return [];
  if (on) return [{ type: 'SearchResumed', data: {} }];
  return [{ type: 'SearchPaused', data: reason === undefined ? {} : { reason } }];
};
