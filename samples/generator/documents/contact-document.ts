import { befalls, dirtOf, type Fields, type Form, note } from '../dirt.ts';
import { type ContactFacts, doubleOfContact } from '../facts/contact-facts.ts';
import { random } from '../random.ts';
import type { World } from '../world.ts';
import {
  budgetForms,
  languageForms,
  nameForms,
  noteForms,
  optedOutKeys,
  sourceForms,
  stageForms,
  tagForms,
} from './contact-forms.ts';
import { agentTarget, looseRefForms, ownId } from './identity.ts';
import { emailForms, listForms, noForms, numberForms, phoneForms, stampForms, yesForms } from './shared-forms.ts';
import { unlisted } from './unlisted-fields.ts';

/** A lead as a document of `contacts`. */
export function contactDocument(world: World, index: number, facts: ContactFacts): Fields {
  const dirt = dirtOf(world, 'contacts', index);
  const field = <T>(name: string, keys: readonly string[], forms: readonly Form<T>[], value: T | undefined): Fields => {
    if (value === undefined) return {};
    return { [dirt.key(name, keys)]: dirt.value(name, forms, value) };
  };
  if (doubleOfContact(world, index) !== undefined) note(world, 'contacts', 'entered twice');
  const unreachable = befalls(world, 'contact without a channel', index, 0.03);
  if (unreachable) note(world, 'contacts', 'neither e-mail address nor phone');
  const said = facts.optedOut || random(world.seed, 'contact', index, 'said').chance(0.4);
  return {
    _id: ownId(world, dirt, 'contacts', index, facts.createdAt),
    ...((dirt.value('name', nameForms, facts) as Fields | undefined) ?? {}),
    ...(unreachable ? {} : field('email', ['email'], emailForms, facts.email)),
    ...(unreachable ? {} : field('phone', ['phone'], phoneForms, facts.phone)),
    ...field('source', ['source'], sourceForms, facts.source),
    ...field('stage', ['stage', 'type', 'status'], stageForms, facts.stage),
    ...(facts.agent === undefined
      ? {}
      : field('assignedTo', ['assignedTo', 'agent'], looseRefForms, agentTarget(world, facts.agent))),
    ...((dirt.value('budget', budgetForms, facts.wants.budget) as Fields | undefined) ?? {}),
    ...(facts.wants.areas.length === 0 ? {} : field('areas', ['areas'], listForms, facts.wants.areas)),
    ...field('timeframe', ['timeframe'], timeframeForms, facts.timeframe),
    ...field('bedsMin', ['bedsMin'], numberForms, facts.wants.bedsMin),
    ...field('language', ['language'], languageForms, facts.language),
    ...(facts.tags.length === 0 ? {} : field('tags', ['tags'], tagForms, facts.tags)),
    ...(facts.optedOut
      ? field('optedOut', optedOutKeys, yesForms, true as const)
      : said
        ? field('notOptedOut', optedOutKeys, noForms, false as const)
        : {}),
    ...(facts.notes.length === 0 ? {} : field('notes', ['notes'], noteForms, { notes: facts.notes, world })),
    ...unlisted(world, 'contacts', index),
    ...field('createdAt', ['createdAt'], stampForms, facts.createdAt),
    ...field('updatedAt', ['updatedAt'], stampForms, facts.updatedAt),
    __v: 0,
  };
}

const timeframeForms: readonly Form<string>[] = [
  { name: 'as displayed', weight: 3, write: (timeframe) => timeframe },
  { name: 'missing', weight: 1, write: () => undefined },
];
