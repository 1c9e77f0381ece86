import {
  choice,
  code,
  count,
  date,
  email,
  type Fields,
  key,
  money,
  name,
  ours,
  personal,
  phone,
  slackUser,
  structure,
  timestamp,
  words,
} from '../catalogue/field.ts';
import { sourceFields } from '../catalogue/source-fields.ts';
import { memberStatuses } from '../reso.ts';

/** The leads that an agent takes on: areas, prices, kinds of home, languages, and how many. */
export const coverageFields = {
  cities: ours(words('Cities')),
  postalCodes: ours(words('ZIP codes')),
  listPriceMin: ours(money('Minimum price')),
  listPriceMax: ours(money('Maximum price')),
  specialties: ours(words('Specialties')),
  memberLanguages: words('Languages'),
  maxLeads: ours(count('Maximum leads at once', { max: 100_000 })),
} as const satisfies Fields;

/** All fields of an agent or a member of staff (RESO Member; roles, coverage and hours are ours). */
export const agentFields = {
  memberFullName: personal(name('Name')),
  memberEmail: email('E-mail'),
  memberMobilePhone: phone('Phone'),
  memberStatus: choice('Status', memberStatuses),
  memberStateLicense: code('License number', { max: 300 }),
  licensedStates: ours(words('Licensed in')),
  officeKey: key('Office'),
  timeZone: ours(name('Time zone')),
  roles: ours(words('Roles')),
  slackUserId: ours(slackUser('Slack user')),
  hours: ours(structure('Working hours', '{"mon":["09:00","17:00"]}')),
  ...sourceFields,
  ...coverageFields,
} as const satisfies Fields;

/** Values that the history shows besides an agent's fields, because events imply them. */
export const agentImplied = {
  pausedFrom: ours(date('Paused from')),
  pausedTo: ours(date('Paused to')),
  pausedUntil: ours(timestamp('Paused until')),
} as const satisfies Fields;

/** Fields that only mean something together: if sources disagree, all of them come from one source. */
export const agentUnits: readonly (readonly (keyof typeof agentFields)[])[] = [['listPriceMin', 'listPriceMax']];
