import type { ScheduleType } from '../../domain/reso.ts';
import { type SavedSearchFields, savedSearchFieldsSchema } from '../../domain/saved-search/index.ts';
import { readCriteria } from './fields/criteria.ts';
import { readTimestamp } from './fields/date.ts';
import { type Reference, readReference } from './fields/reference.ts';
import { readLine } from './fields/text.ts';
import { readYesNo } from './fields/yes-no.ts';
import { draftOf, firstOf, type LegacyDocument, type Mapped, type SetAside, setAside } from './mapping.ts';
import { entryOf, firstReadable, isMissing, nothing, type Reading, spelling, unclear, understood } from './reading.ts';

/** What a document of `savedsearches` says of a saved search; whose it is is resolved apart. */
export type SavedSearchPayload = { readonly fields: Partial<SavedSearchFields>; readonly contact: Reference };

const partialFields = savedSearchFieldsSchema.partial();

/** A document of `savedsearches`. Set aside without a lead it names, or without a criterion that can be read. */
export const mapSavedSearch = (document: LegacyDocument): Mapped<SavedSearchPayload> | SetAside => {
  const draft = draftOf<SavedSearchFields>(savedSearchFieldsSchema, partialFields);
  const contact = firstReadable(...[document.contactId, document.contact, document.userEmail].map(readReference));
  const query = readCriteria(document.query);
  if (query.value !== undefined) {
    draft.put('criteria', understood(query.value.criteria), document.query);
    for (const { criterion, code, found } of query.value.warnings) draft.warn('criteria', code, { [criterion]: found });
  }
  draft.put('savedSearchName', readLine(document.name), document.name);
  const frequency = readFrequency(document.frequency);
  if (frequency.value !== 'never') draft.put('scheduleType', frequency as Reading<ScheduleType>, document.frequency);
  const active = readYesNo(document.active);
  const off = active.value === false || frequency.value === 'never';
  draft.put('activeYN', { ...active, value: !off }, document.active);
  if (off) {
    const reason = frequency.value === 'never' ? 'never, by its frequency' : 'inactive in the legacy CRM';
    draft.put('reasonActiveOrDisabled', understood(reason), document.active);
  }
  draft.put('lastSentTimestamp', readTimestamp(document.lastSentAt), document.lastSentAt);

  const fields = draft.finish();
  if (contact.value === undefined) {
    const found = firstOf(document, 'contactId', 'contact', 'userEmail');
    const reason = isMissing(found)
      ? 'It does not say whose search it is.'
      : 'What it says of whose it is cannot be read.';
    return setAside('contact-missing', 'contactId', reason);
  }
  if (query.value === undefined && !isMissing(document.query)) {
    return setAside('query-unreadable', 'query', 'The query is neither an object nor one as JSON text.');
  }
  if (fields.criteria === undefined || Object.keys(fields.criteria).length === 0) {
    return setAside('criteria-missing', 'query', 'A saved search needs at least one criterion that can be read.');
  }
  return { payload: { fields, contact: contact.value }, identities: [], contactRef: contact.value };
};

const frequencies: Record<string, ScheduleType | 'never'> = {
  instant: 'ASAP',
  instantly: 'ASAP',
  asap: 'ASAP',
  daily: 'Daily',
  weekly: 'Weekly',
  never: 'never',
};

const readFrequency = (found: unknown): Reading<ScheduleType | 'never'> => {
  if (isMissing(found)) return nothing;
  const frequency = typeof found === 'string' ? entryOf(frequencies, spelling(found)) : undefined;
  return frequency === undefined ? unclear('frequency-unknown') : understood(frequency);
};
