import { type LeadFields, leadFieldsSchema } from '../../domain/lead/index.ts';
import type { Entry } from '../source.ts';
import { entriesOf } from './consent/entries.ts';
import { readConsent } from './consent/read-consent.ts';
import type { Reference } from './fields/ids/reference.ts';
import { type Budget, budgetOf, readBudget, warnedEnd } from './fields/numbers/budget.ts';
import { readBedrooms } from './fields/numbers/rooms.ts';
import { readEmails } from './fields/people/email.ts';
import { readLanguages } from './fields/people/languages.ts';
import { readLeadSource, readLeadStage, readTimeframe } from './fields/people/lead-words.ts';
import { nameOf, readPersonName } from './fields/people/person-name.ts';
import { readPhones } from './fields/people/phone.ts';
import { readAreas } from './fields/places/areas.ts';
import { readWords } from './fields/words/list.ts';
import { readNotes } from './fields/words/notes.ts';
import { given, type Looked } from './looked.ts';
import { draftOf, type Mapped, type SetAside, setAside } from './mapping.ts';
import { asNumber, firstReadable, type Reading } from './reading.ts';

/**
 * A lead, as read from a document of the old CRM. Its agent and the authors of its notes are still the old CRM's
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

/**
 * What a mapping can say about a lead, by the name in openhouse; `contactKey`: what other documents may refer to.
 * Consent is read from any field whose name clearly is about it; `emailOptOut` and `emailOptIn` name others.
 */
export const leadSlots = [
  'contactKey',
  'email',
  'mobilePhone',
  'firstName',
  'lastName',
  'fullName',
  'leadStage',
  'leadSource',
  'ownerMemberKey',
  'budget',
  'listPriceMin',
  'listPriceMax',
  'cities',
  'bedroomsMin',
  'timeframe',
  'languages',
  'tags',
  'notes',
  'emailOptOut',
  'emailOptIn',
] as const;
export type LeadLook = Looked<(typeof leadSlots)[number]>;

const partialFields = leadFieldsSchema.partial();

export const emailIdentity = (email: string): string => `email:${email}`;

/** Maps a lead; sets it aside if it has no usable e-mail address or phone number. */
export const mapLead = (look: LeadLook): Mapped<LeadPayload> | SetAside => {
  const draft = draftOf<LeadFields>(leadFieldsSchema, partialFields);
  const emailFound = given(look, 'email');
  const emails = readEmails(emailFound);
  const [email, ...otherEmails] = emails.value ?? [];
  draft.putAll('email', { ...emails, value: { ...(email && { email }), otherEmails } }, emailFound);
  const phoneFound = given(look, 'mobilePhone');
  const phone = readPhones(look.all('mobilePhone'));
  const { number: mobilePhone, ext: mobilePhoneExt, others: otherPhones } = phone.value ?? {};
  draft.putAll(
    'mobilePhone',
    { ...phone, value: { ...(mobilePhone && { mobilePhone }), ...(mobilePhoneExt && { mobilePhoneExt }) } },
    phoneFound,
  );
  putName(draft, look);
  putWishes(draft, look);
  putStage(draft, look);
  draft.put('leadSource', readLeadSource(look.first('leadSource')), look.first('leadSource'));
  draft.put('tags', readWords(given(look, 'tags')), look.first('tags'));
  const notesFound = given(look, 'notes');
  const notes = readNotes(notesFound);
  draft.put(
    'notes',
    { ...notes, value: notes.value?.map(({ note }) => note) } as Reading<LeadFields['notes']>,
    notesFound,
  );
  const owner = look.reference('ownerMemberKey');
  if (owner.warning !== undefined) draft.warn('ownerMemberKey', owner.warning, look.first('ownerMemberKey'));

  for (const { name, found } of readConsent(consentEntries(look)).unclear) {
    draft.warn('emailOptOut', 'opt-out-unclear', { [name]: found });
  }

  const fields = draft.finish();
  const identities = (emails.value ?? []).map(emailIdentity);
  if (fields.email === undefined && fields.mobilePhone === undefined) {
    const reason = 'A lead needs an e-mail address or a phone number, and this document has no usable one.';
    return setAside('contact-missing', look.path('email'), reason);
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

/** Everything in a document that may be about consent: its own entries, and what the mapping says is about it. */
export const consentEntries = (look: LeadLook): readonly Entry[] => [
  ...entriesOf(look.document),
  ...(['emailOptOut', 'emailOptIn', 'email'] as const).flatMap((slot) =>
    entriesOf({ [slot]: look.all(slot).filter((found) => found !== undefined) }),
  ),
];

type LeadDraft = ReturnType<typeof draftOf<LeadFields>>;

const putName = (draft: LeadDraft, look: LeadLook) => {
  const [first, last, full] = [look.first('firstName'), look.first('lastName'), look.first('fullName')];
  const name = firstReadable(nameOf(first, last), readPersonName(full));
  const { first: firstName, last: lastName } = name.value ?? {};
  draft.putAll(
    'firstName',
    { ...name, value: { ...(firstName && { firstName }), ...(lastName && { lastName }) } },
    full ?? [first, last],
  );
};

const putWishes = (draft: LeadDraft, look: LeadLook) => {
  const [whole, apart] = [look.first('budget'), [look.first('listPriceMin'), look.first('listPriceMax')] as const];
  const budget = firstReadable<Budget>(readBudget(whole), budgetOf(...apart));
  const { min: listPriceMin, max: listPriceMax } = budget.value ?? {};
  const { field, found } = warnedEnd(budget, whole, apart);
  draft.putAll(
    field,
    { ...budget, value: { ...(listPriceMin && { listPriceMin }), ...(listPriceMax && { listPriceMax }) } },
    found,
  );
  const areas = given(look, 'cities');
  draft.putAll('cities', readAreas(areas), areas);
  const beds = look.first('bedroomsMin');
  if (asNumber(beds) !== 0) draft.put('bedroomsMin', readBedrooms(beds), beds);
  draft.put('timeframe', readTimeframe(look.first('timeframe')), look.first('timeframe'));
  draft.put('languages', readLanguages(given(look, 'languages')), look.first('languages'));
};

const putStage = (draft: LeadDraft, look: LeadLook) => {
  const readings = look.all('leadStage').map(readLeadStage);
  const first = readings.find(({ value, warning }) => value !== undefined || warning !== undefined);
  const readable = firstReadable(...readings);
  // A lead with an unknown stage ("Weird Stage") is not new, even if its type says "new".
  const { value, warning } = readable.value?.leadStage === 'New' && first?.warning !== undefined ? first : readable;
  const stage = value && { leadStage: value.leadStage, ...(value.doNotCall === true ? { doNotCallYN: true } : {}) };
  draft.putAll('leadStage', { ...(stage && { value: stage }), ...(warning && { warning }) }, look.first('leadStage'));
};
