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
  cities: words('Cities'),
  postalCodes: words('ZIP codes'),
  listPriceMin: money('Prices from'),
  listPriceMax: money('Prices to'),
  specialties: words('Specialties'),
  memberLanguages: words('Languages'),
  maxLeads: count('Leads at once, at most', { max: 100_000 }),
} as const satisfies Fields;

/** Everything that can be known of an agent or a member of staff (RESO Member; roles, coverage, hours are ours). */
export const agentFields = {
  memberFullName: personal(name('Name')),
  memberEmail: email('E-mail'),
  memberMobilePhone: phone('Phone'),
  memberStatus: choice('Status', memberStatuses),
  memberStateLicense: code('License number', { max: 300 }),
  officeKey: key('Office'),
  timeZone: name('Time zone'),
  roles: words('Roles'),
  slackUserId: slackUser('Slack user'),
  hours: structure('Working hours', '{"mon":["09:00","17:00"]}'),
  modificationTimestamp: timestamp('Last modified in the source'),
  legacyIds: legacyIds('Ids in the old CRM'),
  warnings: structure('Warnings', '[{"field":"…","code":"…","found":"…"}]'),
  ...coverageFields,
} as const satisfies Fields;

/** What the history shows of an agent besides the fields: what the events imply. */
export const agentImplied = {
  pausedFrom: date('Paused from'),
  pausedTo: date('Paused to'),
} as const satisfies Fields;

/** Fields that mean something only together: where sources disagree, they are taken from one of them. */
export const agentUnits: readonly (readonly (keyof typeof agentFields)[])[] = [['listPriceMin', 'listPriceMax']];
