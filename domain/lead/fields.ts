import {
  choice,
  count,
  email,
  emails,
  type Fields,
  flag,
  key,
  keys,
  money,
  name,
  ours,
  personal,
  phone,
  structure,
  timestamp,
  words,
} from '../catalogue/field.ts';
import { mergedSourceFields } from '../catalogue/source-fields.ts';

/** How far the lead's agent has got with it. Ours: RESO's ContactStatus has only active and inactive. */
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
 * All fields of a lead. They have RESO's names (Contacts) where RESO has them (firstName, lastName, email, mobilePhone,
 * leadSource, ownerMemberKey); the rest is ours.
 */
export const leadFields = {
  firstName: personal(name('First name')),
  lastName: personal(name('Last name')),
  email: email('E-mail'),
  otherEmails: ours(emails('Other e-mail addresses')),
  mobilePhone: phone('Phone'),
  mobilePhoneExt: ours(personal(name('Phone extension'))),
  leadSource: choice('Source', leadSources),
  leadStage: ours(choice('Stage', leadStages)),
  doNotCallYN: ours(flag('Do not call')),
  ownerMemberKey: key('Agent', 'agent'),
  listPriceMin: ours(money('Minimum budget')),
  listPriceMax: ours(money('Maximum budget')),
  cities: ours(words('Cities')),
  postalCodes: ours(words('ZIP codes')),
  bedroomsMin: ours(count('Minimum bedrooms', { max: 50 })),
  timeframe: ours(choice('Time frame', timeframes)),
  languages: ours(words('Languages')),
  tags: ours(words('Tags')),
  notes: ours(structure('Notes', '[{"text":"…"}]')),
  ...mergedSourceFields,
} as const satisfies Fields;

/** Values that the history shows besides a lead's fields, because events imply them. */
export const leadImplied = {
  emailOptOut: ours(flag('Opted out of e-mail')),
  offeredMemberKeys: ours(keys('Offered to', 'agent')),
  offerKey: ours(key('Offer')),
  offerExpiresAt: ours(timestamp('Offer expires')),
  triedMemberKeys: ours(keys('Previously offered to', 'agent')),
  inquiredListingKey: ours(key('Asked about', 'listing')),
  mergedIntoContactKey: ours(key('Merged into lead', 'lead')),
} as const satisfies Fields;

/** Fields that only mean something together: if sources disagree, all of them come from one source. */
export const leadUnits: readonly (readonly (keyof typeof leadFields)[])[] = [
  ['firstName', 'lastName'],
  ['mobilePhone', 'mobilePhoneExt'],
  ['listPriceMin', 'listPriceMax'],
];
