import zipcodes from 'zipcodes';
import { type AgentFields, isActive, isAgent } from '../../domain/agent/index.ts';
import type { Known } from '../../domain/changes.ts';
import { comparable } from '../words.ts';
import { atWork, localTime } from '../working-hours.ts';
import { languageName } from './languages.ts';

/** What matching uses of an agent: fields, and the present situation. */
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
  /**
   * Both days included; `pausedTo: null` means until further notice. `pausedUntil` (ISO 8601): the moment at which it
   * ends.
   */
  readonly pausedFrom?: string | null;
  readonly pausedTo?: string | null;
  readonly pausedUntil?: string | null;
  /** Leads that the agent works on or has on offer. */
  readonly openLeads: number;
  /** When the agent last got an offer, ISO 8601; `null`: never. */
  readonly lastOfferedAt?: string | null;
  /** How many leads the agent is owed (below 0: has had more than their share); missing: not compared. */
  readonly deficit?: number;
  /** How the agent has answered offers so far: how many, and the median time in minutes. */
  readonly answers?: { readonly count: number; readonly medianMinutes: number };
  /** How many leads the agent has worked on, and how many of them bought. */
  readonly conversion?: { readonly worked: number; readonly closed: number };
};

/** An agent prepared for comparing with many leads. */
export type PreparedAgent = {
  readonly agent: AgentToMatch;
  readonly zips: ReadonlySet<string>;
  readonly cities: ReadonlySet<string>;
  /** The cities of the ZIP codes. */
  readonly zipCities: ReadonlySet<string>;
  readonly languages: ReadonlySet<string>;
  readonly specialties: readonly string[];
  readonly states: ReadonlySet<string>;
  /** The rule by which the agent gets no leads at all; `null` if there is no reason. */
  readonly unavailable: 'status' | 'role' | 'pause' | null;
  /** `null`: the hours are not known. */
  readonly atWork: boolean | null;
};

const none: ReadonlySet<string> = new Set();
const setOf = (words: readonly string[] | null | undefined, as: (word: string) => string): ReadonlySet<string> =>
  words && words.length > 0 ? new Set(words.map(as)) : none;

/** @param timeZone for agents without their own */
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

const employed = (agent: AgentToMatch): PreparedAgent['unavailable'] => {
  if (!isActive(agent)) return 'status';
  return isAgent(agent) ? null : 'role';
};

const away = (
  { pausedFrom, pausedTo, pausedUntil }: AgentToMatch,
  now: Date,
  today: string,
): PreparedAgent['unavailable'] => {
  if (pausedUntil) {
    const over = now.getTime() >= Date.parse(pausedUntil);
    return over || !pausedFrom || pausedFrom > today ? null : 'pause';
  }
  return pausedFrom && pausedFrom <= today && (!pausedTo || today <= pausedTo) ? 'pause' : null;
};
