import zipcodes from 'zipcodes';
import type { AgentFields } from '../../domain/agent/index.ts';
import type { Known } from '../../domain/changes.ts';
import { comparable } from '../words.ts';
import { atWork, localTime } from '../working-hours.ts';
import { languageName } from './languages.ts';

/** What is looked at of an agent: the fields, and how things stand with them now. */
export type AgentToMatch = Known<
  Pick<
    AgentFields,
    | 'memberStatus'
    | 'roles'
    | 'officeKey'
    | 'cities'
    | 'postalCodes'
    | 'listPriceMin'
    | 'listPriceMax'
    | 'specialties'
    | 'memberLanguages'
    | 'licensedStates'
    | 'maxLeads'
    | 'hours'
    | 'timeZone'
  >
> & {
  readonly memberKey: string;
  /** Days, both included; `pausedTo: null` until further notice. `pausedUntil` (ISO 8601): it ends then. */
  readonly pausedFrom?: string | null;
  readonly pausedTo?: string | null;
  readonly pausedUntil?: string | null;
  /** Leads the agent works on, and those that are on offer to the agent. */
  readonly openLeads: number;
  /** When the agent last got an offer, ISO 8601; `null`: never. */
  readonly lastOfferedAt?: string | null;
  /** How many leads the agent is owed (below 0: has had more than their share); missing: it is not compared. */
  readonly deficit?: number;
  /** How the agent answered offers so far: how many, and after how many minutes (the median). */
  readonly answers?: { readonly count: number; readonly medianMinutes: number };
  /** How many leads the agent has worked on, and how many of them bought. */
  readonly conversion?: { readonly worked: number; readonly closed: number };
};

/** An agent made ready to be compared with many leads. */
export type PreparedAgent = {
  readonly agent: AgentToMatch;
  readonly zips: ReadonlySet<string>;
  readonly cities: ReadonlySet<string>;
  /** The cities of the ZIP codes. */
  readonly zipCities: ReadonlySet<string>;
  readonly languages: ReadonlySet<string>;
  readonly specialties: readonly string[];
  readonly states: ReadonlySet<string>;
  /** Why the agent gets no lead at all; `null` when nothing is in the way. */
  readonly unavailable: { readonly rule: 'status' | 'role' | 'pause'; readonly detail: string } | null;
  /** `null`: no hours are known. */
  readonly atWork: boolean | null;
};

const none: ReadonlySet<string> = new Set();
const setOf = (words: readonly string[] | null | undefined, as: (word: string) => string): ReadonlySet<string> =>
  words && words.length > 0 ? new Set(words.map(as)) : none;

/** @param timeZone of agents who have none of their own */
export const prepareAgent = (agent: AgentToMatch, now: Date, timeZone: string): PreparedAgent => {
  const zone = agent.timeZone ?? timeZone;
  const zips = (agent.postalCodes ?? []).map((zip) => zip.slice(0, 5));
  const { hours } = agent;
  return {
    agent,
    zips: setOf(zips, (zip) => zip),
    cities: setOf(agent.cities, comparable),
    zipCities: setOf(
      zips.flatMap((zip) => zipcodes.lookup(zip)?.city ?? []),
      comparable,
    ),
    languages: setOf(agent.memberLanguages, languageName),
    specialties: (agent.specialties ?? []).map(comparable),
    states: setOf(agent.licensedStates, comparable),
    unavailable: employed(agent) ?? away(agent, now, localTime(now, zone).date),
    atWork: !hours || Object.keys(hours).length === 0 ? null : atWork(hours, now, zone),
  };
};

const employed = ({ memberStatus, roles }: AgentToMatch): PreparedAgent['unavailable'] => {
  if (memberStatus === 'Inactive') return { rule: 'status', detail: 'is no longer with the brokerage' };
  if (roles && roles.length > 0 && !roles.some((role) => role.toLowerCase() === 'agent')) {
    return { rule: 'role', detail: 'is not an agent' };
  }
  return null;
};

const away = (
  { pausedFrom, pausedTo, pausedUntil }: AgentToMatch,
  now: Date,
  today: string,
): PreparedAgent['unavailable'] => {
  if (pausedUntil) {
    const over = now.getTime() >= Date.parse(pausedUntil);
    return over || !pausedFrom || pausedFrom > today ? null : { rule: 'pause', detail: `is away until ${pausedUntil}` };
  }
  return pausedFrom && pausedFrom <= today && (!pausedTo || today <= pausedTo)
    ? { rule: 'pause', detail: pausedTo ? `is away until ${pausedTo}` : 'is away until further notice' }
    : null;
};
