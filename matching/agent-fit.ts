import zipcodes from 'zipcodes';
import type { AgentFields } from '../domain/agent/index.ts';
import type { Known } from '../domain/changes.ts';
import type { LeadFields, OfferReason } from '../domain/lead/index.ts';
import { sameName } from './words.ts';
import { atWork, localTime } from './working-hours.ts';

/** The fields of a lead that matching uses. */
export type LeadToMatch = Known<
  Pick<LeadFields, 'cities' | 'postalCodes' | 'listPriceMin' | 'listPriceMax' | 'languages'>
> & { readonly triedMemberKeys?: readonly string[] };

/** What matching uses of an agent: fields, and the present situation. */
export type AgentToMatch = Known<
  Pick<
    AgentFields,
    | 'memberStatus'
    | 'roles'
    | 'cities'
    | 'postalCodes'
    | 'listPriceMin'
    | 'listPriceMax'
    | 'memberLanguages'
    | 'maxLeads'
    | 'hours'
    | 'timeZone'
  >
> & {
  readonly memberKey: string;
  /** Both days included; `pausedTo: null` means until further notice. */
  readonly pausedFrom?: string | null;
  readonly pausedTo?: string | null;
  /** Leads that the agent works on or has on offer. */
  readonly openLeads: number;
  /** When the agent last got an offer, ISO 8601; `null`: never. */
  readonly lastOfferedAt?: string | null;
};

/** Why an agent cannot have a lead at all. */
export type Obstacle = { readonly rule: string; readonly detail: string };

export type Fit = { readonly reasons: readonly OfferReason[] } | { readonly obstacles: readonly Obstacle[] };

/**
 * The most points that each rule can give: first the area, then the price, then the language, then the agent's time.
 */
export const weights = { area: 40, price: 25, language: 20, capacity: 15, hours: 5 } as const;

/** The verdict of one rule: a reason with points, an obstacle, or nothing if there is nothing to compare. */
type Verdict = OfferReason | Obstacle | null;

/**
 * How well an agent fits a lead: a reason with points from every rule that applies, or all obstacles. The details
 * contain no personal data, because Slack shows them and the offer keeps them.
 */
export const fitOf = (lead: LeadToMatch, agent: AgentToMatch, now: Date, timeZone: string): Fit => {
  const zone = agent.timeZone ?? timeZone;
  const verdicts = [
    employed(agent),
    away(agent, localTime(now, zone).date),
    tried(lead, agent),
    area(lead, agent),
    price(lead, agent),
    language(lead, agent),
    capacity(agent),
    hours(agent, now, zone),
  ].filter((verdict) => verdict !== null);
  const obstacles = verdicts.filter((verdict) => !('points' in verdict));
  return obstacles.length > 0 ? { obstacles } : { reasons: verdicts.filter((verdict) => 'points' in verdict) };
};

const employed = ({ memberStatus, roles }: AgentToMatch): Verdict => {
  if (memberStatus === 'Inactive') return { rule: 'status', detail: 'is no longer with the brokerage' };
  if (roles && roles.length > 0 && !roles.some((role) => role.toLowerCase() === 'agent')) {
    return { rule: 'role', detail: 'is not an agent' };
  }
  return null;
};

const away = ({ pausedFrom, pausedTo }: AgentToMatch, today: string): Verdict =>
  pausedFrom && pausedFrom <= today && (!pausedTo || today <= pausedTo)
    ? { rule: 'pause', detail: pausedTo ? `is away until ${pausedTo}` : 'is away until further notice' }
    : null;

const tried = (lead: LeadToMatch, { memberKey }: AgentToMatch): Verdict =>
  lead.triedMemberKeys?.includes(memberKey) ? { rule: 'tried', detail: 'has already been offered this lead' } : null;

const area = (lead: LeadToMatch, agent: AgentToMatch): Verdict => {
  const zips = (lead.postalCodes ?? []).map((zip) => zip.slice(0, 5));
  const cities = lead.cities ?? [];
  if (zips.length + cities.length === 0) return null;
  const covered = { zips: (agent.postalCodes ?? []).map((zip) => zip.slice(0, 5)), cities: agent.cities ?? [] };
  const reason = (share: number, detail: string): Verdict => ({
    rule: 'area',
    points: Math.round(weights.area * share),
    detail,
  });
  if (covered.zips.length + covered.cities.length === 0) return reason(0.25, 'works everywhere');

  const zip = zips.find((wanted) => covered.zips.includes(wanted));
  if (zip !== undefined) return reason(1, `covers ${zip}`);
  const isCovered = (city: string | undefined) =>
    city !== undefined && covered.cities.some((known) => sameName(known, city));
  const ofCity = zips.find((wanted) => isCovered(zipcodes.lookup(wanted)?.city));
  if (ofCity !== undefined) return reason(0.9, `covers ${zipcodes.lookup(ofCity)?.city}, where ${ofCity} is`);
  const city = cities.find(isCovered);
  if (city !== undefined) return reason(0.9, `covers ${city}`);
  // A ZIP code in the right city is close, but may not be the part of the city that the lead wants.
  const partly = cities.find((wanted) =>
    covered.zips.some((known) => sameName(zipcodes.lookup(known)?.city ?? '', wanted)),
  );
  if (partly !== undefined) return reason(0.6, `covers part of ${partly}`);
  return { rule: 'area', detail: `does not cover ${[...cities, ...zips].join(', ')}` };
};

const price = (lead: LeadToMatch, agent: AgentToMatch): Verdict => {
  if (!lead.listPriceMin && !lead.listPriceMax) return null;
  const reason = (share: number, detail: string): Verdict => ({
    rule: 'price',
    points: Math.round(weights.price * share),
    detail,
  });
  if (!agent.listPriceMin && !agent.listPriceMax) return reason(0.4, 'works at any price');
  const from = agent.listPriceMin ?? 0;
  const to = agent.listPriceMax ?? Number.POSITIVE_INFINITY;
  const range = `${agent.listPriceMin ? dollars(from) : 'anything'} to ${agent.listPriceMax ? dollars(to) : 'any price'}`;
  if ((lead.listPriceMin ?? 0) > to || (lead.listPriceMax ?? Number.POSITIVE_INFINITY) < from) {
    return { rule: 'price', detail: `works at ${range}` };
  }
  // A lead who gives only one end looks near it: "under 500k" rarely means 100k.
  const low = lead.listPriceMin ?? lead.listPriceMax! * 0.6;
  const high = lead.listPriceMax ?? lead.listPriceMin! * 1.5;
  const share = high <= low ? 1 : Math.max(0, Math.min(high, to) - Math.max(low, from)) / (high - low);
  return reason(share, share >= 1 ? `works at ${range}` : `works at ${range}, which is part of the budget`);
};

const language = (lead: LeadToMatch, agent: AgentToMatch): Verdict => {
  const wanted = (lead.languages ?? []).map(languageName);
  const foreign = wanted.filter((name) => name !== 'English');
  if (foreign.length === 0) return null;
  const spoken = (agent.memberLanguages ?? []).map(languageName);
  const common = foreign.find((name) => spoken.includes(name));
  if (common !== undefined) return { rule: 'language', points: weights.language, detail: `speaks ${common}` };
  return wanted.includes('English')
    ? { rule: 'language', points: weights.language / 2, detail: 'speaks English with the lead' }
    : { rule: 'language', points: 0, detail: `is not known to speak ${foreign.join(' or ')}` };
};

/** The load at which an agent without their own limit no longer gets points for availability. */
const usualLoad = 30;

const capacity = ({ maxLeads, openLeads }: AgentToMatch): Verdict => {
  const limit = maxLeads ?? usualLoad;
  if (typeof maxLeads === 'number' && openLeads >= maxLeads) {
    return { rule: 'capacity', detail: `has ${openLeads} of ${maxLeads} leads` };
  }
  const free = Math.max(0, 1 - openLeads / limit);
  const detail = typeof maxLeads === 'number' ? `has ${openLeads} of ${maxLeads} leads` : `has ${openLeads} leads`;
  return { rule: 'capacity', points: Math.round(weights.capacity * free), detail };
};

const hours = (
  { hours: known }: AgentToMatch & Known<Pick<AgentFields, 'hours'>>,
  now: Date,
  zone: string,
): Verdict => {
  if (!known || Object.keys(known).length === 0) return null;
  return atWork(known, now, zone)
    ? { rule: 'hours', points: weights.hours, detail: 'is at work now' }
    : { rule: 'hours', points: 0, detail: 'is not at work now' };
};

const dollars = (amount: number): string =>
  amount.toLocaleString('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });

const languageNames = new Intl.DisplayNames(['en'], { type: 'language' });

/** `es`, `ES-mx` and `spanish` are all Spanish. */
const languageName = (language: string): string => {
  const text = language.trim().toLowerCase();
  const code = /^([a-z]{2,3})(-[a-z0-9]+)*$/.exec(text)?.[1];
  if (code !== undefined) return languageNames.of(code) ?? text;
  return text.replace(/(^|\s)\p{L}/gu, (initial) => initial.toUpperCase());
};
