import zipcodes from 'zipcodes';
import { dollars } from '../../domain/dollars.ts';
import type { ScoreComponent } from '../../domain/routing-policy/index.ts';
import type { PreparedAgent } from './agent-to-match.ts';
import type { PreparedLead } from './lead-to-match.ts';

/**
 * A component's verdict on an agent for a lead: the share of its points, from 0 to 1; `obstacle` if the agent cannot
 * have the lead at all; `nothing` if there is nothing to compare. `detail` explains it for people, and is only computed
 * for the few agents who are offered a lead.
 */
export type Component = {
  readonly share: (lead: PreparedLead, agent: PreparedAgent) => number;
  readonly detail: (lead: PreparedLead, agent: PreparedAgent) => string;
};

export const obstacle = -1;
export const nothing = -2;

const area: Component = {
  share: (lead, { zips, cities, zipCities }) => {
    if (lead.zips.length + lead.cities.length === 0) return nothing;
    if (zips.size + cities.size === 0) return 0.25;
    if (zips.size > 0) for (const zip of lead.zips) if (zips.has(zip)) return 1;
    if (cities.size > 0) {
      for (const city of lead.zipCities) if (cities.has(city)) return 0.9;
      for (const city of lead.cities) if (cities.has(city)) return 0.9;
    }
    // A ZIP code in the right city is close, but may not be the part of the city that the lead wants.
    if (zipCities.size > 0) for (const city of lead.cities) if (zipCities.has(city)) return 0.6;
    return obstacle;
  },
  detail: (lead, { zips, cities, zipCities }) => {
    if (zips.size + cities.size === 0) return 'works everywhere';
    const zip = lead.zips.find((wanted) => zips.has(wanted));
    if (zip !== undefined) return `covers ${zip}`;
    const ofCity = lead.zipCities.findIndex((city) => cities.has(city));
    if (ofCity !== -1) return `covers ${zipcodes.lookup(lead.zips[ofCity]!)?.city}, where ${lead.zips[ofCity]} is`;
    const city = lead.cities.findIndex((wanted) => cities.has(wanted));
    if (city !== -1) return `covers ${lead.citiesShown[city]}`;
    const partly = lead.cities.findIndex((wanted) => zipCities.has(wanted));
    if (partly !== -1) return `covers part of ${lead.citiesShown[partly]}`;
    return `does not cover ${[...lead.citiesShown, ...lead.zips].join(', ')}`;
  },
};

const price: Component = {
  share: ({ price: wanted }, { agent: { listPriceMin, listPriceMax } }) => {
    if (wanted === null) return nothing;
    if (!listPriceMin && !listPriceMax) return 0.4;
    const from = listPriceMin ?? 0;
    const to = listPriceMax ?? Number.POSITIVE_INFINITY;
    if (wanted.min > to || wanted.max < from) return obstacle;
    const { low, high } = wanted;
    return high <= low ? 1 : Math.max(0, Math.min(high, to) - Math.max(low, from)) / (high - low);
  },
  detail: (lead, prepared) => {
    const { listPriceMin, listPriceMax } = prepared.agent;
    if (!listPriceMin && !listPriceMax) return 'works at any price';
    const range = `${listPriceMin ? dollars(listPriceMin) : 'anything'} to ${listPriceMax ? dollars(listPriceMax) : 'any price'}`;
    const share = price.share(lead, prepared);
    return share === obstacle || share >= 1 ? `works at ${range}` : `works at ${range}, which is part of the budget`;
  },
};

const propertyType: Component = {
  share: ({ kinds }, { specialties }) => {
    if (kinds.length === 0) return nothing;
    if (specialties.length === 0) return 0.4;
    return specialties.some((known) => kinds.some((kind) => kind.includes(known) || known.includes(kind))) ? 1 : 0;
  },
  detail: (lead, prepared) => {
    const share = propertyType.share(lead, prepared);
    if (share === 1) return `specializes in ${lead.kindsShown[0]}`;
    return share === 0 ? `does not specialize in ${lead.kindsShown[0]}` : 'sells every type of home';
  },
};

const language: Component = {
  share: ({ foreignLanguages, speaksEnglish }, { languages }) => {
    if (foreignLanguages.length === 0) return nothing;
    for (const wanted of foreignLanguages) if (languages.has(wanted)) return 1;
    return speaksEnglish ? 0.5 : 0;
  },
  detail: ({ foreignLanguages, speaksEnglish }, { languages }) => {
    const common = foreignLanguages.find((wanted) => languages.has(wanted));
    if (common !== undefined) return `speaks ${common}`;
    return speaksEnglish ? 'speaks English with the lead' : `is not known to speak ${foreignLanguages.join(' or ')}`;
  },
};

/** The load at which an agent without their own limit no longer gets points for availability. */
const usualLoad = 30;

const capacity: Component = {
  share: (_lead, { agent: { maxLeads, openLeads } }) => {
    if (typeof maxLeads === 'number' && openLeads >= maxLeads) return obstacle;
    return Math.max(0, 1 - openLeads / (maxLeads ?? usualLoad));
  },
  detail: (_lead, { agent: { maxLeads, openLeads } }) =>
    typeof maxLeads === 'number' ? `has ${openLeads} of ${maxLeads} leads` : `has ${openLeads} leads`,
};

const hours: Component = {
  share: (_lead, { atWork }) => (atWork === null ? nothing : atWork ? 1 : 0),
  detail: (_lead, { atWork }) => (atWork ? 'is at work now' : 'is not at work now'),
};

/** How many answers are needed before they count. Until then, they make no agent better or worse. */
const enoughAnswers = 3;
/** In minutes: as fast as one can wish for, and so slow that it gives no points. */
const fastAnswer = 5;
const slowAnswer = 60;

const responseTime: Component = {
  share: (_lead, { agent: { answers } }) => {
    if (answers === undefined) return nothing;
    if (answers.count < enoughAnswers) return 0.5;
    return Math.min(1, Math.max(0, (slowAnswer - answers.medianMinutes) / (slowAnswer - fastAnswer)));
  },
  detail: (_lead, { agent: { answers } }) =>
    answers === undefined || answers.count < enoughAnswers
      ? 'has not answered many offers yet'
      : `answers offers after ${Math.round(answers.medianMinutes)} minutes`,
};

/** How many leads are needed before their outcome counts, and the share of buyers that gives all points. */
const enoughLeads = 10;
const bestConversion = 0.2;

const conversion: Component = {
  share: (_lead, { agent: { conversion: so } }) => {
    if (so === undefined) return nothing;
    return so.worked < enoughLeads ? 0.5 : Math.min(1, so.closed / so.worked / bestConversion);
  },
  detail: (_lead, { agent: { conversion: so } }) =>
    so === undefined || so.worked < enoughLeads
      ? 'has not had many leads yet'
      : `closed ${so.closed} of ${so.worked} leads`,
};

/** The deficit (in leads) at which fairness gives all of its points, or none. */
export const mostDeficit = 2;

const fairness: Component = {
  share: (_lead, { agent: { deficit } }) =>
    deficit === undefined ? nothing : Math.min(1, Math.max(0, 0.5 + deficit / (2 * mostDeficit))),
  detail: (_lead, { agent: { deficit = 0 } }) =>
    Math.abs(deficit) < 0.5
      ? 'has had a fair share of offers'
      : deficit > 0
        ? 'has had fewer offers than others'
        : 'has had more offers than others',
};

/** All components, in the order in which reasons are shown. */
export const components: Readonly<Record<ScoreComponent, Component>> = {
  area,
  price,
  propertyType,
  language,
  capacity,
  hours,
  responseTime,
  conversion,
  fairness,
};
