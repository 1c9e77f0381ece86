import type { Fields, Form } from '../dirt.ts';
import type { LeadSource, LeadStage, Note } from '../facts/contact-facts.ts';
import { type Language, languageNames, type Person } from '../people.ts';
import type { World } from '../world.ts';
import { agentTarget } from './identity.ts';

export const nameForms: readonly Form<{ person: Person; email: string }>[] = [
  {
    name: 'firstName, lastName',
    weight: 4,
    write: ({ person }) => ({ firstName: person.first, lastName: person.last }),
  },
  { name: 'Ana María López', weight: 4, write: ({ person }) => ({ name: `${person.first} ${person.last}` }) },
  { name: '{ first, last }', weight: 2, write: ({ person }) => ({ name: { first: person.first, last: person.last } }) },
  {
    name: 'LOPEZ, ANA',
    weight: 2,
    write: ({ person }) => ({ name: `${shouted(person.last)}, ${shouted(person.first)}` }),
  },
  { name: 'an e-mail address', weight: 1, write: ({ email }) => ({ name: email }) },
  { name: 'empty', weight: 0.7, write: () => ({ name: '' }) },
];

/** As typed by the old front desk: capitals without accents. */
const shouted = (name: string) => name.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();

const sourceSpellings: Record<LeadSource, readonly string[]> = {
  zillow: ['Zillow.com', 'ZILLOW'],
  'realtor.com': ['realtor.com'],
  Website: ['web', 'site'],
  referral: ['referral'],
  'Open House': ['Open House'],
  Facebook: ['fb'],
};

export const sourceForms: readonly Form<LeadSource>[] = [
  { name: 'as displayed', weight: 3, write: (source) => source },
  {
    name: 'another spelling',
    weight: 4,
    when: (source) => sourceSpellings[source][0] !== source,
    write: (source, r) => r.pick(sourceSpellings[source]),
  },
  { name: 'missing', weight: 1, write: () => undefined },
];

const stageSpellings: Record<LeadStage, readonly string[]> = {
  new: ['New Lead'],
  Attempted: ['Attempted'],
  Contacted: ['Contacted'],
  nurture: ['nurture'],
  Hot: ['hot lead'],
  Appt: ['Appt'],
  'Under Contract': ['Under Contract'],
  Closed: ['Past Client'],
  Trash: ['dead', 'DNC'],
};

export const stageForms: readonly Form<LeadStage>[] = [
  { name: 'as displayed', weight: 2, write: (stage) => stage },
  {
    name: 'another spelling',
    weight: 3,
    when: (stage) => stageSpellings[stage][0] !== stage,
    write: (stage, r) => r.pick(stageSpellings[stage]),
  },
];

type Budget = { min: number; max: number };
const thousands = (amount: number) => Math.round(amount / 1000);

export const budgetForms: readonly Form<Budget>[] = [
  { name: '{ min, max }', weight: 3, write: ({ min, max }) => ({ budget: { min, max } }) },
  { name: 'priceMin, priceMax', weight: 2, write: ({ min, max }) => ({ priceMin: min, priceMax: max }) },
  { name: '300-450k', weight: 2, write: ({ min, max }) => ({ budget: `${thousands(min)}-${thousands(max)}k` }) },
  { name: 'under 500k', weight: 2, write: ({ max }) => ({ budget: `under ${thousands(max)}k` }) },
  { name: '450000', weight: 2, write: ({ max }) => ({ budget: max }) },
  { name: '{ min, max }, swapped', weight: 0.7, write: ({ min, max }) => ({ budget: { min: max, max: min } }) },
  { name: 'priceMin, priceMax, swapped', weight: 0.5, write: ({ min, max }) => ({ priceMin: max, priceMax: min }) },
] satisfies readonly Form<Budget>[];

export const languageForms: readonly Form<Language>[] = [
  { name: 'es', weight: 2, write: (language) => language },
  { name: 'Spanish', weight: 3, write: (language) => languageNames[language] },
];

export const tagForms: readonly Form<readonly string[]>[] = [
  { name: 'list', weight: 1, write: (tags) => [...tags] },
  { name: 'comma string', weight: 1, write: (tags) => tags.join(',') },
];

export const noteForms: readonly Form<{ notes: readonly Note[]; world: World }>[] = [
  {
    name: '[{ text, by, at }]',
    weight: 2,
    write: ({ notes, world }) =>
      notes.map(({ text, agent, at }): Fields => ({ text, by: agentTarget(world, agent).id, at: new Date(at) })),
  },
  { name: 'string', weight: 2, write: ({ notes }) => notes.map(({ text }) => text).join('\n') },
];

/** The names of the field that says whether a contact opted out. */
export const optedOutKeys = ['emailOptOut', 'unsubscribed'] as const;
