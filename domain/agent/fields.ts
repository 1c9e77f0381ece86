import {
  choice,
  code,
  count,
  date,
  email,
  type Fields,
  key,
  legacyIds,
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
import { memberStatuses } from '../reso.ts';

/** What an agent takes on: where, at which prices, which kinds of home, in which languages, how many. */
export const coverageFields = {
  cities: ours(words('Cities')),
  postalCodes: ours(words('ZIP codes')),
  listPriceMin: ours(money('Prices from')),
  listPriceMax: ours(money('Prices to')),
  specialties: ours(words('Specialties')),
  memberLanguages: words('Languages'),
  maxLeads: ours(count('Leads at once, at most', { max: 100_000 })),
} as const satisfies Fields;

/** Everything that can be known of an agent or a member of staff (RESO Member; roles, coverage, hours are ours). */
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
  modificationTimestamp: timestamp('Last modified in the source'),
  legacyIds: ours(legacyIds('Ids in the old CRM')),
  warnings: ours(structure('Warnings', '[{"field":"…","code":"…","found":"…"}]')),
  ...coverageFields,
} as const satisfies Fields;

/** What the history shows of an agent besides the fields: what the events imply. */
export const agentImplied = {
  pausedFrom: ours(date('Paused from')),
  pausedTo: ours(date('Paused to')),
  pausedUntil: ours(timestamp('Paused until')),
} as const satisfies Fields;

/** Fields that mean something only together: where sources disagree, they are taken from one of them. */
export const agentUnits: readonly (readonly (keyof typeof agentFields)[])[] = [['listPriceMin', 'listPriceMax']];
