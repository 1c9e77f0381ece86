import { type AgentFields, agentFieldsSchema, type Pause } from '../../domain/agent/index.ts';
import { type Budget, budgetOf, readBudget, warnedEnd } from './fields/numbers/budget.ts';
import { readEmails } from './fields/people/email.ts';
import { readLanguages } from './fields/people/languages.ts';
import { nameOf, readPersonName } from './fields/people/person-name.ts';
import { readPhone } from './fields/people/phone.ts';
import { readRoles } from './fields/people/roles.ts';
import { readAreas } from './fields/places/areas.ts';
import { readStates } from './fields/places/state.ts';
import { readVacation } from './fields/times/vacation.ts';
import { readWorkingHours } from './fields/times/working-hours.ts';
import { readWords } from './fields/words/list.ts';
import { readLine } from './fields/words/text.ts';
import { readYesNo } from './fields/words/yes-no.ts';
import { emailIdentity } from './leads.ts';
import { given, type Looked } from './looked.ts';
import { draftOf, type Mapped, type SetAside, setAside } from './mapping.ts';
import { asNumber, firstReadable, isMissing, nothing, type Reading, unclear, understood } from './reading.ts';

/** An agent or a member of staff, as read from a document of the old CRM. `pause: null`: no pause is known. */
export type AgentPayload = { readonly fields: Partial<AgentFields>; readonly pause: Pause | null };

/** What a mapping can say about an agent; `memberKey` and `memberMlsId`: what other documents may refer to. */
export const agentSlots = [
  'memberKey',
  'memberMlsId',
  'memberEmail',
  'memberFullName',
  'firstName',
  'lastName',
  'memberMobilePhone',
  'memberStatus',
  'roles',
  'memberStateLicense',
  'licensedStates',
  'slackUserId',
  'hours',
  'cities',
  'specialties',
  'memberLanguages',
  'priceRange',
  'listPriceMin',
  'listPriceMax',
  'maxLeads',
  'vacation',
] as const;
export type AgentLook = Looked<(typeof agentSlots)[number]>;

const partialFields = agentFieldsSchema.partial();

/** Maps an agent or a member of staff; sets it aside if it has no name or no usable e-mail address. */
export const mapAgent = (look: AgentLook): Mapped<AgentPayload> | SetAside => {
  const draft = draftOf<AgentFields>(agentFieldsSchema, partialFields);
  const emailFound = given(look, 'memberEmail');
  const emails = readEmails(emailFound);
  draft.put('memberEmail', { ...emails, value: emails.value?.[0] } as Reading<string>, emailFound);
  const nameFound = look.first('memberFullName');
  const name = firstReadable(nameOf(look.first('firstName'), look.first('lastName')), readPersonName(nameFound));
  const fullName = [name.value?.first, name.value?.last].filter((part) => part !== undefined).join(' ');
  draft.put('memberFullName', { ...name, value: fullName || undefined } as Reading<string>, nameFound);
  const phoneFound = look.first('memberMobilePhone');
  const phone = firstReadable(...look.all('memberMobilePhone').map((found) => readPhone(found)));
  draft.put('memberMobilePhone', { ...phone, value: phone.value?.number } as Reading<string>, phoneFound);
  putOffice(draft, look);
  putCoverage(draft, look);
  const vacation = readVacation(look.first('vacation'));
  if (vacation.warning !== undefined) draft.warn('hours', vacation.warning, look.first('vacation'));

  const fields = draft.finish();
  const identities = (emails.value ?? []).map(emailIdentity);
  if (fields.memberFullName === undefined) {
    const path = look.path('memberFullName');
    return setAside('name-missing', path, 'An agent needs a name, and this document has no readable one.');
  }
  if (fields.memberEmail === undefined) {
    const path = look.path('memberEmail');
    return setAside('email-missing', path, 'An agent needs an e-mail address, and this document has no usable one.');
  }
  return { payload: { fields, pause: vacation.value ?? null }, identities };
};

type AgentDraft = ReturnType<typeof draftOf<AgentFields>>;

const putOffice = (draft: AgentDraft, look: AgentLook) => {
  const activeFound = look.first('memberStatus');
  const active = readMemberStatus(activeFound);
  // Without a readable value the agent counts as active.
  draft.put('memberStatus', { ...active, value: active.value === false ? 'Inactive' : 'Active' }, activeFound);
  const rolesFound = given(look, 'roles');
  draft.put('roles', readRoles(rolesFound), rolesFound);
  const license = look.first('memberStateLicense');
  draft.put('memberStateLicense', readLine(license), license);
  const states = given(look, 'licensedStates');
  draft.put('licensedStates', readStates(states), states);
  draft.put('slackUserId', readSlackId(look.first('slackUserId')), look.first('slackUserId'));
  draft.put('hours', readWorkingHours(look.first('hours')), look.first('hours'));
};

const putCoverage = (draft: AgentDraft, look: AgentLook) => {
  const areas = given(look, 'cities');
  draft.putAll('cities', readAreas(areas), areas);
  const specialties = given(look, 'specialties');
  draft.put('specialties', readWords(specialties), specialties);
  const languages = given(look, 'memberLanguages');
  draft.put('memberLanguages', readLanguages(languages), languages);
  const [whole, apart] = [look.first('priceRange'), [look.first('listPriceMin'), look.first('listPriceMax')] as const];
  const range = firstReadable<Budget>(readBudget(whole), budgetOf(...apart));
  const { min: listPriceMin, max: listPriceMax } = range.value ?? {};
  const { field, found } = warnedEnd(range, whole, apart);
  draft.putAll(
    field,
    { ...range, value: { ...(listPriceMin && { listPriceMin }), ...(listPriceMax && { listPriceMax }) } },
    found,
  );
  draft.put('maxLeads', readMaxLeads(look.first('maxLeads')), look.first('maxLeads'));
};

/** Yes or no, or RESO's `Active` and `Inactive`. */
const readMemberStatus = (found: unknown): Reading<boolean> => {
  const word = typeof found === 'string' && found.length < 20 ? found.trim().toLowerCase() : '';
  return word === 'active' ? understood(true) : word === 'inactive' ? understood(false) : readYesNo(found);
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
