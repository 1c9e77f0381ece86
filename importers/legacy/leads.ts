import { type LeadFields, leadFieldsSchema } from '../../domain/lead/index.ts';
import { entriesOf } from './consent/entries.ts';
import { consentKindOf } from './consent/names.ts';
import { readConsent } from './consent/read-consent.ts';
import { type Reference, readReference } from './fields/ids/reference.ts';
import { type Budget, budgetOf, readBudget } from './fields/numbers/budget.ts';
import { readBedrooms } from './fields/numbers/rooms.ts';
import { readEmails } from './fields/people/email.ts';
import { readLanguages } from './fields/people/languages.ts';
import { readLeadSource, readLeadStage, readTimeframe } from './fields/people/lead-words.ts';
import { nameOf, readPersonName } from './fields/people/person-name.ts';
import { readPhone } from './fields/people/phone.ts';
import { readAreas } from './fields/places/areas.ts';
import { readWords } from './fields/words/list.ts';
import { readNotes } from './fields/words/notes.ts';
import { type DocumentWith, draftOf, firstOf, type Mapped, readsOnly, type SetAside, setAside } from './mapping.ts';
import { asNumber, firstReadable, isMissing, type Reading } from './reading.ts';

/**
 * A lead, as read from a document of `contacts`. Its agent and the authors of its notes are still the old CRM's
 * references.
 */
export type LeadPayload = {
  readonly fields: Partial<LeadFields>;
  readonly owner?: Reference;
  /** Further phone numbers from the same field, E.164. */
  readonly otherPhones?: readonly string[];
  /** The author of each of `fields.notes`, in the same order; missing if no note has one. */
  readonly noteAuthors?: readonly (Reference | null)[];
};

/** The fields that this mapping reads. */
const leadNames = [
  'agent',
  'areas',
  'assignedTo',
  'bedsMin',
  'budget',
  'email',
  'firstName',
  'language',
  'lastName',
  'name',
  'notes',
  'phone',
  'priceMax',
  'priceMin',
  'source',
  'stage',
  'status',
  'tags',
  'timeframe',
  'type',
] as const;
type LeadDocument = DocumentWith<(typeof leadNames)[number]>;
const isNamed = readsOnly(leadNames);
/** Consent is read from any field whose name clearly is about it. */
export const leadReads = (name: string): boolean => isNamed(name) || consentKindOf('', name) !== undefined;

const partialFields = leadFieldsSchema.partial();

export const emailIdentity = (email: string): string => `email:${email}`;

/** Maps a document of `contacts`; sets it aside if it has no usable e-mail address or phone number. */
export const mapLead = (document: LeadDocument): Mapped<LeadPayload> | SetAside => {
  const draft = draftOf<LeadFields>(leadFieldsSchema, partialFields);
  const emails = readEmails(document.email);
  const [email, ...otherEmails] = emails.value ?? [];
  draft.putAll('email', { ...emails, value: { ...(email && { email }), otherEmails } }, document.email);
  const phone = readPhone(document.phone);
  const { number: mobilePhone, ext: mobilePhoneExt, others: otherPhones } = phone.value ?? {};
  draft.putAll(
    'mobilePhone',
    { ...phone, value: { ...(mobilePhone && { mobilePhone }), ...(mobilePhoneExt && { mobilePhoneExt }) } },
    document.phone,
  );
  putName(draft, document);
  putWishes(draft, document);
  putStage(draft, document);
  draft.put('leadSource', readLeadSource(document.source), document.source);
  draft.put('tags', readWords(document.tags), document.tags);
  const notes = readNotes(document.notes);
  draft.put(
    'notes',
    { ...notes, value: notes.value?.map(({ note }) => note) } as Reading<LeadFields['notes']>,
    document.notes,
  );
  const ownerFound = firstOf(document, 'assignedTo', 'agent');
  const owner = readReference(ownerFound);
  if (owner.warning !== undefined) draft.warn('ownerMemberKey', owner.warning, ownerFound);

  for (const { name, found } of readConsent(entriesOf(document)).unclear) {
    draft.warn('emailOptOut', 'opt-out-unclear', { [name]: found });
  }

  const fields = draft.finish();
  const identities = (emails.value ?? []).map(emailIdentity);
  if (fields.email === undefined && fields.mobilePhone === undefined) {
    const reason = 'A lead needs an e-mail address or a phone number, and this document has no usable one.';
    return setAside('contact-missing', 'email', reason);
  }
  const authors = fields.notes === undefined ? [] : (notes.value?.map(({ by }) => by ?? null) ?? []);
  return {
    payload: {
      fields,
      ...(owner.value === undefined ? {} : { owner: owner.value }),
      ...(otherPhones === undefined ? {} : { otherPhones }),
      ...(authors.some((author) => author !== null) ? { noteAuthors: authors } : {}),
    },
    identities,
    ...(owner.value === undefined ? {} : { agentRef: owner.value }),
  };
};

type LeadDraft = ReturnType<typeof draftOf<LeadFields>>;

const putName = (draft: LeadDraft, document: LeadDocument) => {
  const apart = nameOf(document.firstName, document.lastName);
  const name = firstReadable(apart, readPersonName(document.name));
  const { first: firstName, last: lastName } = name.value ?? {};
  const found = document.name ?? [document.firstName, document.lastName];
  draft.putAll(
    'firstName',
    { ...name, value: { ...(firstName && { firstName }), ...(lastName && { lastName }) } },
    found,
  );
};

const putWishes = (draft: LeadDraft, document: LeadDocument) => {
  const apart = [document.priceMin, document.priceMax];
  const budget = firstReadable<Budget>(readBudget(document.budget), budgetOf(...(apart as [unknown, unknown])));
  const { min: listPriceMin, max: listPriceMax } = budget.value ?? {};
  draft.putAll(
    'listPriceMin',
    { ...budget, value: { ...(listPriceMin && { listPriceMin }), ...(listPriceMax && { listPriceMax }) } },
    isMissing(document.budget) ? apart : document.budget,
  );
  draft.putAll('cities', readAreas(document.areas), document.areas);
  if (asNumber(document.bedsMin) !== 0) draft.put('bedroomsMin', readBedrooms(document.bedsMin), document.bedsMin);
  draft.put('timeframe', readTimeframe(document.timeframe), document.timeframe);
  draft.put('languages', readLanguages(document.language), document.language);
};

const putStage = (draft: LeadDraft, document: LeadDocument) => {
  const found = firstOf(document, 'stage', 'status', 'type');
  const readings = [document.stage, document.status, document.type].map(readLeadStage);
  const first = readings.find(({ value, warning }) => value !== undefined || warning !== undefined);
  const readable = firstReadable(...readings);
  // A lead with an unknown stage ("Weird Stage") is not new, even if its type says "new".
  const { value, warning } = readable.value?.leadStage === 'New' && first?.warning !== undefined ? first : readable;
  const stage = value && { leadStage: value.leadStage, ...(value.doNotCall === true ? { doNotCallYN: true } : {}) };
  draft.putAll('leadStage', { ...(stage && { value: stage }), ...(warning && { warning }) }, found);
};
