import { type AgentFields, agentFieldsSchema, type Pause } from '../../domain/agent/index.ts';
import { readBudget } from './fields/numbers/budget.ts';
import { readEmails } from './fields/people/email.ts';
import { readLanguages } from './fields/people/languages.ts';
import { nameOf, readPersonName } from './fields/people/person-name.ts';
import { readPhone } from './fields/people/phone.ts';
import { readAreas } from './fields/places/areas.ts';
import { readVacation } from './fields/times/vacation.ts';
import { readWorkingHours } from './fields/times/working-hours.ts';
import { readWords } from './fields/words/list.ts';
import { readLine } from './fields/words/text.ts';
import { readYesNo } from './fields/words/yes-no.ts';
import { emailIdentity } from './leads.ts';
import { type DocumentWith, draftOf, type Mapped, readsOnly, type SetAside, setAside } from './mapping.ts';
import { asNumber, firstReadable, isMissing, nothing, type Reading, unclear, understood } from './reading.ts';

/** An agent or a member of staff, as read from a document of `users`. `pause: null`: no pause is known. */
export type AgentPayload = { readonly fields: Partial<AgentFields>; readonly pause: Pause | null };

/** The fields that this mapping reads. */
const agentNames = [
  'active',
  'areas',
  'email',
  'firstName',
  'hours',
  'languages',
  'lastName',
  'licenseNo',
  'maxLeads',
  'name',
  'phone',
  'priceRange',
  'roles',
  'slackId',
  'specialties',
  'vacation',
] as const;
type AgentDocument = DocumentWith<(typeof agentNames)[number]>;
export const agentReads = readsOnly(agentNames);

const partialFields = agentFieldsSchema.partial();

/** Maps a document of `users`; sets it aside if it has no name or no usable e-mail address. */
export const mapAgent = (document: AgentDocument): Mapped<AgentPayload> | SetAside => {
  const draft = draftOf<AgentFields>(agentFieldsSchema, partialFields);
  const emails = readEmails(document.email);
  draft.put('memberEmail', { ...emails, value: emails.value?.[0] } as Reading<string>, document.email);
  const name = firstReadable(nameOf(document.firstName, document.lastName), readPersonName(document.name));
  const fullName = [name.value?.first, name.value?.last].filter((part) => part !== undefined).join(' ');
  draft.put('memberFullName', { ...name, value: fullName || undefined } as Reading<string>, document.name);
  const phone = readPhone(document.phone);
  draft.put('memberMobilePhone', { ...phone, value: phone.value?.number } as Reading<string>, document.phone);
  putOffice(draft, document);
  putCoverage(draft, document);
  const vacation = readVacation(document.vacation);
  if (vacation.warning !== undefined) draft.warn('hours', vacation.warning, document.vacation);

  const fields = draft.finish();
  const identities = (emails.value ?? []).map(emailIdentity);
  if (fields.memberFullName === undefined) {
    return setAside('name-missing', 'name', 'An agent needs a name, and this document has no readable one.');
  }
  if (fields.memberEmail === undefined) {
    return setAside('email-missing', 'email', 'An agent needs an e-mail address, and this document has no usable one.');
  }
  return { payload: { fields, pause: vacation.value ?? null }, identities };
};

type AgentDraft = ReturnType<typeof draftOf<AgentFields>>;

const putOffice = (draft: AgentDraft, document: AgentDocument) => {
  const active = readYesNo(document.active);
  // Without a readable value the agent counts as active.
  draft.put('memberStatus', { ...active, value: active.value === false ? 'Inactive' : 'Active' }, document.active);
  const roles = readWords(document.roles);
  draft.put(
    'roles',
    { ...roles, value: roles.value?.map((role) => role.toLowerCase()) } as Reading<string[]>,
    document.roles,
  );
  draft.put('memberStateLicense', readLine(document.licenseNo), document.licenseNo);
  draft.put('slackUserId', readSlackId(document.slackId), document.slackId);
  draft.put('hours', readWorkingHours(document.hours), document.hours);
};

const putCoverage = (draft: AgentDraft, document: AgentDocument) => {
  draft.putAll('cities', readAreas(document.areas), document.areas);
  draft.put('specialties', readWords(document.specialties), document.specialties);
  draft.put('memberLanguages', readLanguages(document.languages), document.languages);
  const range = readBudget(document.priceRange);
  const { min: listPriceMin, max: listPriceMax } = range.value ?? {};
  draft.putAll(
    'listPriceMin',
    { ...range, value: { ...(listPriceMin && { listPriceMin }), ...(listPriceMax && { listPriceMax }) } },
    document.priceRange,
  );
  draft.put('maxLeads', readMaxLeads(document.maxLeads), document.maxLeads);
};

const readMaxLeads = (found: unknown): Reading<number> => {
  if (isMissing(found)) return nothing;
  const number = asNumber(found);
  return number !== undefined && Number.isInteger(number) && number >= 0 && number <= 100_000
    ? understood(number)
    : unclear('not-a-number');
};

/** Slack's user ID. A handle such as `@maria` will not do: anyone can take it later. */
const readSlackId = (found: unknown): Reading<string> => {
  if (isMissing(found)) return nothing;
  const id = typeof found === 'string' ? found.trim() : '';
  return /^[UW][A-Z0-9]{5,}$/.test(id) ? understood(id) : unclear('not-a-slack-id');
};
