import { befalls, dirtOf, type Fields, type Form, note } from '../dirt.ts';
import { type AgentFacts, agentFacts } from '../facts/agent-facts.ts';
import { languageNames } from '../people.ts';
import type { World } from '../world.ts';
import { nameForms } from './contact-forms.ts';
import { ownId } from './identity.ts';
import { emailForms, listForms, phoneForms, stampForms, yesForms } from './shared-forms.ts';
import { unlisted } from './unlisted-fields.ts';

/** An agent or staff member as a document of `users`. They are the same in both dumps. */
export function userDocument(world: World, index: number): Fields {
  const facts = agentFacts(world, index);
  const dirt = dirtOf(world, 'users', index);
  const field = <T>(name: string, keys: readonly string[], forms: readonly Form<T>[], value: T | undefined): Fields => {
    if (value === undefined) return {};
    return { [dirt.key(name, keys)]: dirt.value(name, forms, value) };
  };
  const withoutEmail = index > 0 && befalls(world, 'agent without e-mail address', index, 0.12);
  if (withoutEmail) note(world, 'users', 'no e-mail address');
  return {
    _id: ownId(world, dirt, 'users', index, facts.createdAt),
    ...(dirt.value('name', agentNameForms, facts) as Fields),
    ...(withoutEmail ? {} : field('email', ['email'], agentEmailForms, facts.email)),
    ...field('phone', ['phone'], phoneForms, facts.phone),
    ...field('roles', ['roles'], roleForms, facts.roles),
    ...(facts.active
      ? field('active', ['active'], yesForms, true as const)
      : field('inactive', ['active'], inactiveForms, false as const)),
    ...field('slackId', ['slackId'], slackForms, facts),
    ...field('licenseNo', ['licenseNo'], plainForms, facts.licenseNo),
    ...field('areas', ['areas'], listForms, facts.areas),
    ...field('specialties', ['specialties'], listForms, facts.specialties),
    ...field('languages', ['languages'], agentLanguageForms, facts),
    ...field('priceRange', ['priceRange'], rangeForms, facts.priceRange),
    ...field('maxLeads', ['maxLeads'], numberForms, facts.maxLeads),
    ...field('vacation', ['vacation'], vacationForms, facts.vacation),
    ...field('hours', ['hours'], hoursForms, facts.hours),
    ...unlisted(world, 'users', index),
    ...field('createdAt', ['createdAt'], stampForms, facts.createdAt),
    ...field('updatedAt', ['updatedAt'], stampForms, facts.updatedAt),
    __v: 0,
  };
}

/** Agents always have a name in some form. */
const agentNameForms: readonly Form<AgentFacts>[] = [
  { name: 'Ana María López', weight: 4, write: ({ person }) => ({ name: `${person.first} ${person.last}` }) },
  ...nameForms.filter(({ name }) => ['firstName, lastName', '{ first, last }', 'LOPEZ, ANA'].includes(name)),
];

/** Addresses of agents: unreadable ones are rare. */
const agentEmailForms: readonly Form<string>[] = emailForms.filter(
  ({ name }) => name !== 'none@none.com' && name !== 'missing',
);

const plainForms: readonly Form<string>[] = [{ name: 'text', weight: 1, write: (text) => text }];
const numberForms: readonly Form<number>[] = [{ name: 'number', weight: 1, write: (value) => value }];
const rangeForms: readonly Form<{ min: number; max: number }>[] = [
  { name: '{ min, max }', weight: 1, write: ({ min, max }) => ({ min, max }) },
];

const roleForms: readonly Form<readonly string[]>[] = [
  { name: 'list', weight: 1, write: (roles) => [...roles] },
  { name: 'string', weight: 1, write: (roles) => roles[roles.length - 1] },
];

const inactiveForms: readonly Form<false>[] = [
  { name: 'false', weight: 1, write: () => false },
  { name: 'N', weight: 1, write: () => 'N' },
  { name: '0', weight: 1, write: () => 0 },
];

const slackForms: readonly Form<AgentFacts>[] = [
  { name: 'U024BE7LH', weight: 3, write: ({ slackId }) => slackId },
  {
    name: '@maria',
    weight: 2,
    write: ({ person }) =>
      `@${person.first
        .normalize('NFD')
        .replace(/[^A-Za-z]/g, '')
        .toLowerCase()}`,
  },
];

const agentLanguageForms: readonly Form<AgentFacts>[] = [
  { name: '["en", "es"]', weight: 2, write: ({ languages }) => [...languages] },
  {
    name: '["English", "Spanish"]',
    weight: 2,
    write: ({ languages }) => languages.map((language) => languageNames[language]),
  },
  {
    name: 'comma string',
    weight: 2,
    write: ({ languages }) => languages.map((language) => languageNames[language]).join(', '),
  },
];

const vacationForms: readonly Form<{ from: number; to: number }>[] = [
  { name: 'Dates', weight: 2, write: ({ from, to }) => ({ from: new Date(from), to: new Date(to) }) },
  {
    name: 'ISO strings',
    weight: 1,
    write: ({ from, to }) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }),
  },
];

const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

const hoursForms: readonly Form<AgentFacts['hours']>[] = [
  {
    name: 'by day',
    weight: 1,
    write: ({ days, from, to }) => Object.fromEntries(days.map((day) => [day, [clock(from), clock(to)]])),
  },
  { name: '9-17', weight: 1, write: ({ from, to }) => `${from}-${to}` },
];
