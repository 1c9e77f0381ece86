import {
  choice,
  count,
  email,
  emails,
  type Fields,
  flag,
  key,
  keys,
  legacyIds,
  money,
  name,
  personal,
  phone,
  structure,
  timestamp,
  words,
} from '../catalogue/field.ts';

/** Where a lead stands with its agent. Ours: RESO's ContactStatus knows only active and inactive. */
export const leadStages = [
  'New',
  'Attempted',
  'Contacted',
  'Nurture',
  'Hot',
  'Appointment',
  'Under Contract',
  'Closed',
  'Trash',
] as const;
export type LeadStage = (typeof leadStages)[number];

const leadSources = ['Zillow', 'Realtor.com', 'Website', 'Referral', 'Open House', 'Facebook', 'Other'] as const;
const timeframes = ['ASAP', '0-3 months', '3-6 months', '6-12 months', '12+ months'] as const;

/**
 * Everything that can be known of a lead. RESO Contacts names where RESO has one (firstName, lastName, email,
 * mobilePhone, leadSource, ownerMemberKey); the rest is ours.
 */
export const leadFields = {
  firstName: personal(name('First name')),
  lastName: personal(name('Last name')),
  email: email('E-mail'),
  otherEmails: emails('Other e-mail addresses'),
  mobilePhone: phone('Phone'),
  mobilePhoneExt: personal(name('Phone extension')),
  leadSource: choice('Source', leadSources),
  leadStage: choice('Stage', leadStages),
  doNotCallYN: flag('Do not call'),
  ownerMemberKey: key('Agent', 'agent'),
  listPriceMin: money('Budget from'),
  listPriceMax: money('Budget to'),
  cities: words('Cities'),
  postalCodes: words('ZIP codes'),
  bedroomsMin: count('Bedrooms, at least', { max: 50 }),
  timeframe: choice('Time frame', timeframes),
  languages: words('Languages'),
  tags: words('Tags'),
  notes: structure('Notes', '[{"text":"…"}]'),
  modificationTimestamp: timestamp('Last modified in the source'),
  legacyIds: legacyIds('Ids in the old CRM'),
  otherValues: structure('Other values in the old CRM', '[{"field":"…","value":"…","legacyId":"…"}]'),
  warnings: structure('Warnings', '[{"field":"…","code":"…","found":"…"}]'),
} as const satisfies Fields;

/** What the history shows of a lead besides its fields: what its events imply. */
export const leadImplied = {
  emailOptOut: flag('Opted out of e-mail'),
  offeredMemberKey: key('Offered to', 'agent'),
  offerKey: key('Offer'),
  offerExpiresAt: timestamp('Offer expires'),
  triedMemberKeys: keys('Offered before to', 'agent'),
  mergedIntoContactKey: key('Merged into lead', 'lead'),
} as const satisfies Fields;

/** Fields that mean something only together: where sources disagree, they are taken from one of them. */
export const leadUnits: readonly (readonly (keyof typeof leadFields)[])[] = [
  ['firstName', 'lastName'],
  ['mobilePhone', 'mobilePhoneExt'],
  ['listPriceMin', 'listPriceMax'],
];
