import type { ScheduleType } from '../../domain/reso.ts';
import { type HoldReason, type SavedSearchFields, savedSearchFieldsSchema } from '../../domain/saved-search/index.ts';
import { criterionReaders, criterionSlots } from './criteria/criterion-readers.ts';
import { type MappedCriterion, readAllCriteria } from './criteria/read-criteria.ts';
import { type Reference, readReference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import { isFrequency, readFrequency } from './fields/times/frequency.ts';
import { isSearchSwitch, readSearchSwitch } from './fields/words/search-switch.ts';
import { readLine } from './fields/words/text.ts';
import type { LegacyDocument, Looked } from './looked.ts';
import { draftOf, type Mapped, type SetAside, setAside, shown } from './mapping.ts';
import { firstReadable, isDocument, isEmpty, isMissing, spelling, understood } from './reading.ts';

/**
 * A saved search, as read from a document of `savedsearches`. Its lead is resolved separately. `holdReasons` are the
 * fields that were not understood completely: while there are any, nothing may be sent for it.
 */
export type SavedSearchPayload = {
  readonly fields: Partial<SavedSearchFields>;
  readonly holdReasons: readonly HoldReason[];
  readonly contact: Reference;
};

/** What a mapping can say about a saved search; `savedSearchKey`: what other documents may refer to. */
export const savedSearchSlots = [
  'savedSearchKey',
  'contactKey',
  'criteria',
  'savedSearchName',
  'scheduleType',
  'activeYN',
  'lastSentTimestamp',
  ...criterionSlots,
] as const;
export type SavedSearchLook = Looked<(typeof savedSearchSlots)[number]>;

/** The names under which `mapSavedSearch` reads fields that have a different name in openhouse. */
const savedSearchNames = [
  'active',
  'contact',
  'contactId',
  'frequency',
  'lastSentAt',
  'name',
  'query',
  'userEmail',
] as const;
type SavedSearchDocument = LegacyDocument & Readonly<Partial<Record<(typeof savedSearchNames)[number], unknown>>>;
const named = new Set<string>([...savedSearchNames, '_id', '__v', 'createdAt', 'updatedAt']);
const isNamed = (name: string) => named.has(name);
/** Switches and frequencies have many names, and anything that may narrow the search counts wherever it is. */
export const savedSearchReads = (name: string): boolean =>
  isNamed(name) || isSearchSwitch(name) || isFrequency(name) || isCriterion(name);

const partialFields = savedSearchFieldsSchema.partial();

/**
 * A saved search as `mapSavedSearch` reads it: what the mapping names, under the names that it knows, and everything
 * else in the document, because anything that may narrow the search counts wherever it is.
 */
const savedSearchView = (look: SavedSearchLook): SavedSearchDocument => {
  const view = new Map(Object.entries(withoutContainers(look)));
  const renamed = { query: 'criteria', name: 'savedSearchName', lastSentAt: 'lastSentTimestamp' } as const;
  for (const slot of criterionSlots) for (const { path } of look.found(slot)) view.delete(path);
  for (const [name, slot] of Object.entries(renamed)) {
    if (look.found(slot).length > 0) view.delete(look.path(slot));
    // What the document itself calls so is something else, and counts.
    if (view.has(name)) view.set(`${name}_`, view.get(name));
    view.set(name, slot === 'criteria' ? withoutMapped(look) : look.first(slot));
  }
  // Each of these counts, besides those that the reader recognises by their names.
  for (const [name, slot, known] of switches) {
    for (const { path, value } of look.found(slot)) {
      view.delete(path);
      if (isMissing(value)) continue;
      let free: string = known(path) ? path : name;
      while (view.has(free)) free += '_';
      view.set(free, value);
    }
    const constant = look.first(slot);
    const isSaid = [...view].some(([other, value]) => known(other) && !isMissing(value));
    if (!isSaid && !isMissing(constant)) view.set(name, constant);
  }
  view.delete(look.path('contactKey'));
  view.set('contactId', look.first('contactKey'));
  return Object.fromEntries(view);
};

/** The query without the criteria that the mapping names. */
const withoutMapped = (look: SavedSearchLook): unknown => {
  const query = look.first('criteria');
  const inside = `${look.path('criteria')}.`;
  const paths = criterionSlots.flatMap((slot) => look.found(slot).map(({ path }) => path));
  return paths
    .filter((path) => path.startsWith(inside))
    .reduce((rest, path) => without(rest, path.slice(inside.length)), query);
};

/** A copy without what is at a path; the same if there is nothing. */
const without = (found: unknown, path: string): unknown => {
  if (!isDocument(found)) return found;
  if (Object.hasOwn(found, path)) {
    const { [path]: _, ...others } = found;
    return others;
  }
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot);
    if (Object.hasOwn(found, name)) return { ...found, [name]: without(found[name], path.slice(dot + 1)) };
  }
  return found;
};

/** The criteria for which the mapping says where they are. */
const mappedCriteria = (look: SavedSearchLook): readonly MappedCriterion[] =>
  criterionSlots.flatMap((slot) => look.found(slot).map(({ path, value }) => ({ slot, path, value })));

/**
 * A document without the sub-documents that the mapping looks into; their other entries count under their own names.
 */
const withoutContainers = (look: SavedSearchLook): LegacyDocument => {
  const mapped = new Set(savedSearchSlots.flatMap((slot) => look.found(slot).map(({ path }) => path)));
  const entries = Object.entries(look.document).flatMap(([name, value]) => {
    const isContainer =
      isDocument(value) && !mapped.has(name) && [...mapped].some((path) => path.startsWith(`${name}.`));
    if (!isContainer) return [[name, value] as const];
    return Object.entries(value).flatMap(([part, found]) =>
      mapped.has(`${name}.${part}`) ? [] : [[Object.hasOwn(look.document, part) ? `${part}_` : part, found] as const],
    );
  });
  return Object.fromEntries(entries);
};

const switches = [
  ['frequency', 'scheduleType', isFrequency],
  ['active', 'activeYN', isSearchSwitch],
] as const;

/**
 * Maps a saved search; sets it aside if it names no lead or its query is empty. Criteria, a frequency or
 * switches that are not understood completely put it on hold.
 */
export const mapSavedSearch = (
  document: SavedSearchDocument,
  contact = firstReadable(...[document.contactId, document.contact, document.userEmail].map(readReference)),
  path: (slot: 'contactKey' | 'criteria') => string = (slot) => (slot === 'criteria' ? 'query' : 'contactId'),
  criteria: readonly MappedCriterion[] = [],
): Mapped<SavedSearchPayload> | SetAside => {
  const draft = draftOf<SavedSearchFields>(savedSearchFieldsSchema, partialFields);
  const holdReasons: HoldReason[] = [];
  const hold = (field: string, code: string, found: unknown) => holdReasons.push({ field, code, found: shown(found) });
  const query = readAllCriteria(document.query, criteria);
  draft.put('criteria', understood(query?.criteria ?? {}), document.query);
  for (const { criterion, code, found } of query?.corrections ?? [])
    draft.warn('criteria', code, { [criterion]: found });
  for (const { criterion, code, found } of query?.problems ?? []) hold('criteria', code, { [criterion]: found });
  for (const [name, found] of besideTheQuery(document)) hold('criteria', 'criterion-outside-query', { [name]: found });

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
    const reason = active.on ? 'never, by its frequency' : 'inactive in the legacy CRM';
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

/** Fields outside the query that may narrow the search. */
const besideTheQuery = (document: SavedSearchDocument): readonly (readonly [string, unknown])[] =>
  Object.entries(document).filter(([name, found]) => !saysNothing(found) && isCriterion(name));

const saysNothing = (found: unknown) => isEmpty(found) || (isDocument(found) && Object.values(found).every(isEmpty));

const isCriterion = (name: string): boolean => {
  const plain = spelling(name.slice(0, 60));
  if (isNamed(name) || isSearchSwitch(name) || ambiguous.has(plain)) return false;
  return narrowing.test(plain) || Object.hasOwn(criterionReaders, plain);
};

/** Further queries, exclusions, a radius, "only …", a number of homes, kinds of news. */
const narrowing =
  /^(?:advanced|extra|more|search|saved|alert)*(?:filters?|criteria|criterion|conditions?|params|parameters|search|where|quer(?:y|ies))\d?$|^(?:mongo|raw|sql|elastic|es)quer(?:y|ies)$|^not(?:$|cit|zip|areas?$|towns?$|types?$|in$)|^(?:exclu(?:de|sion)|without|except|blocked|hidden|dislike|reject|dismiss|ignore)(?:d|s|ed|ing|es)?(?:$|.*(?:cit|zip|area|town|type|keyword|word|homes|properties|listings|ids?$))|^(?:max|min)?(?:radius|distance|miles)(?:miles|mi|km)?$|only$|^only|^(?:max|limit)?(?:results|homes|listings|limit)(?:peremail|perday)?$|^(?:alerts?|notif(?:y|ications?)|triggers?|events?|news)(?:on|for|types?|events?|when)$/;
/** Names that may well mean something else in a saved search. */
const ambiguous = new Set(['type', 'types', 'status', 'statuses', 'size']);

/** Maps a saved search, seen through a mapping; see `mapSavedSearch`. */
export const mapSavedSearchIn = (look: SavedSearchLook): Mapped<SavedSearchPayload> | SetAside =>
  mapSavedSearch(savedSearchView(look), look.reference('contactKey'), (slot) => look.path(slot), mappedCriteria(look));
