import type { ScheduleType } from '../../domain/reso.ts';
import { type HoldReason, type SavedSearchFields, savedSearchFieldsSchema } from '../../domain/saved-search/index.ts';
import { joinsOtherwise, joinsOtherwiseIn, mayJoin, mayNarrow, saysNothing } from './criteria/narrowing.ts';
import { isOtherShape, readAllCriteria } from './criteria/read-criteria.ts';
import { type Reference, readReference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import { isFrequency, readFrequency } from './fields/times/frequency.ts';
import { isSearchSwitch, readSearchSwitch } from './fields/words/search-switch.ts';
import { readLine } from './fields/words/text.ts';
import { draftOf, type Mapped, type SetAside, setAside, shown } from './mapping.ts';
import { firstReadable, isMissing, understood } from './reading.ts';
import {
  type MappedCriteria,
  type SavedSearchDocument,
  type SavedSearchLook,
  savedSearchNames,
  savedSearchView,
} from './saved-search-view.ts';

/**
 * A saved search, as read from a document of `savedsearches`. Its lead is resolved separately. `holdReasons` are the
 * fields that were not understood completely: while there are any, nothing may be sent for it.
 */
export type SavedSearchPayload = {
  readonly fields: Partial<SavedSearchFields>;
  readonly holdReasons: readonly HoldReason[];
  readonly contact: Reference;
};

const named = new Set<string>([...savedSearchNames, '_id', '__v', 'createdAt', 'updatedAt']);
const isNamed = (name: string) => named.has(name);
/** Switches and frequencies have many names, and anything that may change what the search finds counts wherever it is. */
export const savedSearchReads = (name: string): boolean =>
  isNamed(name) || isSearchSwitch(name) || isFrequency(name) || mayNarrow(name) || mayJoin(name);

const nothingMapped: MappedCriteria = { criteria: [], constants: [], beside: [] };

const partialFields = savedSearchFieldsSchema.partial();

/**
 * Maps a saved search; sets it aside if it names no lead or its query is empty. Criteria, a frequency or
 * switches that are not understood completely put it on hold.
 */
export const mapSavedSearch = (
  document: SavedSearchDocument,
  contact = firstReadable(...[document.contactId, document.contact, document.userEmail].map(readReference)),
  path: (slot: 'contactKey' | 'criteria') => string = (slot) => (slot === 'criteria' ? 'query' : 'contactId'),
  { criteria, constants, beside }: MappedCriteria = nothingMapped,
): Mapped<SavedSearchPayload> | SetAside => {
  const draft = draftOf<SavedSearchFields>(savedSearchFieldsSchema, partialFields);
  const holdReasons: HoldReason[] = [];
  const hold = (field: string, code: string, found: unknown) => holdReasons.push({ field, code, found: shown(found) });
  const query = readAllCriteria(document.query, criteria, constants);
  draft.put('criteria', understood(query?.criteria ?? {}), document.query);
  for (const { criterion, code, found } of query?.corrections ?? [])
    draft.warn('criteria', code, { [criterion]: found });
  for (const { criterion, code, found } of query?.problems ?? []) hold('criteria', code, { [criterion]: found });
  for (const [name, found] of [...besideTheQuery(document), ...beside])
    hold('criteria', 'criterion-outside-query', { [name]: found });

  draft.put('savedSearchName', readLine(document.name), document.name);
  const frequency = readFrequencies(document);
  for (const { name, found } of frequency.unclear) hold('scheduleType', 'frequency-unknown', { [name]: found });
  if (frequency.value !== undefined && frequency.value !== 'never') {
    draft.put('scheduleType', understood(frequency.value), frequency.value);
  }
  const active = readSearchSwitch(document);
  for (const { name, code, found } of active.unclear) hold('activeYN', code, { [name]: found });
  const on = active.on && frequency.value !== 'never';
  draft.put('activeYN', understood(on), document.active);
  if (!on) {
    const reason = active.on ? 'never, by its frequency' : 'inactive in the old CRM';
    draft.put('reasonActiveOrDisabled', understood(reason), document.active);
  }
  draft.put('lastSentTimestamp', readTimestamp(document.lastSentAt), document.lastSentAt);

  const fields = draft.finish();
  if (contact.value === undefined) {
    const reason = [document.contactId, document.contact, document.userEmail].every(isMissing)
      ? 'The document does not say whose search it is.'
      : 'The reference to the lead whose search it is cannot be read.';
    return setAside('contact-missing', path('contactKey'), reason);
  }
  if (query === undefined && holdReasons.every(({ field }) => field !== 'criteria')) {
    const reason = 'The document does not say which homes the search is for.';
    return setAside('criteria-missing', path('criteria'), reason);
  }
  // A criterion that our schema cannot hold (a list of a thousand cities) counts as not understood.
  if (fields.criteria === undefined) {
    hold('criteria', 'criterion-unclear', document.query);
    fields.criteria = {};
  }
  return {
    payload: { fields, holdReasons, contact: contact.value },
    identities: [],
    contactRef: contact.value,
  };
};

type Frequency = ScheduleType | 'never';

/** The frequency, from every field that has one. If they differ, or one cannot be read, it is not understood. */
const readFrequencies = (
  document: SavedSearchDocument,
): { readonly value?: Frequency; readonly unclear: readonly { readonly name: string; readonly found: unknown }[] } => {
  const given = Object.entries(document)
    .filter(([name, found]) => isFrequency(name) && !isMissing(found))
    .map(([name, found]) => ({ name, found, ...readFrequency(found) }));
  const [first] = given;
  const unclear = given.filter(({ value }) => value === undefined || value !== first?.value);
  return { ...(first?.value !== undefined && unclear.length === 0 ? { value: first.value } : {}), unclear };
};

/** Fields outside the query that may narrow the search, or say that not all of it must hold. */
const besideTheQuery = (document: SavedSearchDocument): readonly (readonly [string, unknown])[] => {
  const isOther = isOtherShape(document.query);
  return Object.entries(document).flatMap(([name, found]) => {
    if (saysNothing(found) || isNamed(name)) return [];
    if (mayNarrow(name) || joinsOtherwise(name, found)) return [[name, found] as const];
    // A list of conditions is one whatever it is called.
    if (Array.isArray(found) && isOtherShape(found)) return [[name, found] as const];
    return isOther ? joinsOtherwiseIn(name, found) : [];
  });
};

/** Maps a saved search, seen through a mapping; see `mapSavedSearch`. */
export const mapSavedSearchIn = (look: SavedSearchLook): Mapped<SavedSearchPayload> | SetAside => {
  const view = savedSearchView(look);
  return mapSavedSearch(view.document, look.reference('contactKey'), (slot) => look.path(slot), view);
};
