import type { LeadFields, LeadStage } from '../../../../domain/lead/index.ts';
import { type Reading, reader, spelling, unclear, understood } from '../../reading.ts';

/** Looks up a word by its spelling; warns if it is not in the table. */
const lookUp = <Value>(found: unknown, table: Record<string, Value>, warning: string): Reading<Value> => {
  const key = typeof found === 'string' || typeof found === 'number' ? spelling(String(found)) : '';
  return Object.hasOwn(table, key) ? understood(table[key] as Value) : unclear(warning);
};

/** Longer than any word for a source, a stage or a time frame. */
const maxLength = 100;

const sources: Record<string, LeadFields['leadSource']> = {
  zillow: 'Zillow',
  zillowcom: 'Zillow',
  realtor: 'Realtor.com',
  realtorcom: 'Realtor.com',
  website: 'Website',
  web: 'Website',
  site: 'Website',
  referral: 'Referral',
  referred: 'Referral',
  openhouse: 'Open House',
  fb: 'Facebook',
  facebook: 'Facebook',
  facebookcom: 'Facebook',
  other: 'Other',
};

/** Where the lead came from. An unknown source becomes `Other`, with a warning that keeps its name. */
export const readLeadSource = reader(maxLength, (found): Reading<LeadFields['leadSource']> => {
  const reading = lookUp(found, sources, 'source-unknown');
  return reading.warning === undefined ? reading : { value: 'Other', warning: reading.warning };
});

export type Stage = { readonly leadStage: LeadStage; readonly doNotCall?: true };

const stage = (leadStage: LeadStage): Stage => ({ leadStage });

const stages: Record<string, Stage> = {
  new: stage('New'),
  newlead: stage('New'),
  attempted: stage('Attempted'),
  attemptedcontact: stage('Attempted'),
  contacted: stage('Contacted'),
  nurture: stage('Nurture'),
  nurturing: stage('Nurture'),
  hot: stage('Hot'),
  hotlead: stage('Hot'),
  appt: stage('Appointment'),
  appointment: stage('Appointment'),
  appointmentset: stage('Appointment'),
  undercontract: stage('Under Contract'),
  uc: stage('Under Contract'),
  closed: stage('Closed'),
  pastclient: stage('Closed'),
  trash: stage('Trash'),
  dead: stage('Trash'),
  deadlead: stage('Trash'),
  dnc: { leadStage: 'Trash', doNotCall: true },
  donotcall: { leadStage: 'Trash', doNotCall: true },
  donotcontact: { leadStage: 'Trash', doNotCall: true },
  deceased: { leadStage: 'Trash', doNotCall: true },
  // Consent is read separately, from every field: see ../consent.
  unsubscribed: stage('Trash'),
  optedout: stage('Trash'),
  donotemail: stage('Trash'),
  bounced: stage('Trash'),
};

/** `new`, `Hot lead`, `Past Client`, … `DNC` (do not call) is a stage in the old CRM, but a flag in openhouse. */
export const readLeadStage = reader(maxLength, (found): Reading<Stage> => lookUp(found, stages, 'stage-unknown'));

const timeframes: Record<string, LeadFields['timeframe']> = {
  asap: 'ASAP',
  now: 'ASAP',
  immediately: 'ASAP',
};

/** `"0-3 months"`, `"ASAP"`, `"6mo+"`, by the first month of the range. */
export const readTimeframe = reader(maxLength, (found): Reading<LeadFields['timeframe']> => {
  const word = lookUp(found, timeframes, 'timeframe-unknown');
  if (word.warning === undefined) return word;
  const match = typeof found === 'string' ? months.exec(found.trim())?.groups : undefined;
  if (match?.from === undefined) return unclear('timeframe-unknown');
  const perUnit = /^y/i.test(match.unit ?? '') ? 12 : 1;
  const plus = match.plus ?? match.open;
  const from = match.to === undefined && plus === undefined ? 0 : Number(match.from) * perUnit;
  const to = Number(match.to ?? (plus === undefined ? match.from : Number.NaN)) * perUnit;
  if (from >= 12) return understood('12+ months');
  if (from >= 6) return understood('6-12 months');
  if (from >= 3) return understood('3-6 months');
  return understood(to <= 3 || Number.isNaN(to) ? '0-3 months' : to <= 6 ? '3-6 months' : '6-12 months');
});

const months =
  /^(?<from>\d{1,2})\s*(?:(?:-|–|to)\s*(?<to>\d{1,2})|(?<open>\+))?\s*(?<unit>mo(?:nth)?s?|m|y(?:ea)?rs?)\.?\s*(?<plus>\+)?$/i;
