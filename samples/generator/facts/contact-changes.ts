import { random } from '../random.ts';
import { between, DAY, FIRST_DUMP, HOUR } from '../timeline.ts';
import type { World } from '../world.ts';
import { someAgent } from './agent-facts.ts';
import { type ContactFacts, contactFacts, doubleOfContact, noteOf } from './contact-facts.ts';

export type ContactChange =
  | 'new contact'
  | 'assigned'
  | 'opted out'
  | 'stage moved'
  | 'budget raised'
  | 'note added'
  | 'edited without a trace';

export type ContactNow = {
  facts: ContactFacts;
  /** What happened between the two dumps; undefined if nothing did. */
  change?: ContactChange;
  /** When it happened, in ms. */
  changedAt?: number;
};

/** Contact number `index` at the world's stage, and what changed since the first dump. */
export function contactNow(world: World, index: number): ContactNow {
  const facts = contactFacts(world, index);
  if (world.stage === 'first') return { facts };
  if (index >= world.contacts) return { facts, change: 'new contact', changedAt: facts.createdAt };
  if (doubleOfContact(world, index) !== undefined) return { facts };
  const r = random(world.seed, 'contact', index, 'later');
  const waiting = facts.stage === 'new' && facts.agent === undefined;
  const change = r.among<ContactChange | 'nothing'>({
    nothing: waiting ? 62 : 90,
    assigned: waiting ? 28 : 0,
    'opted out': facts.optedOut ? 0 : 2,
    'stage moved': facts.stage === 'Closed' || waiting ? 0 : 3,
    'budget raised': facts.wants.budget ? 1.5 : 0,
    'note added': 2,
    'edited without a trace': 1.5,
  });
  if (change === 'nothing') return { facts };
  const changedAt = between(FIRST_DUMP + 3 * HOUR, FIRST_DUMP + 13 * DAY, r);
  const set = (more: Partial<ContactFacts>): ContactNow => ({
    facts: { ...facts, updatedAt: changedAt, ...more },
    change,
    changedAt,
  });
  switch (change) {
    case 'assigned':
      return set({
        agent: someAgent(world, changedAt, r),
        stage: r.pick(['Attempted', 'Contacted', 'Contacted', 'Hot']),
      });
    case 'opted out':
      return set({ optedOut: true });
    case 'stage moved':
      return set({
        stage: facts.stage === 'Contacted' || facts.stage === 'nurture' ? r.pick(['Hot', 'Appt']) : 'Contacted',
      });
    case 'budget raised': {
      const budget = facts.wants.budget!;
      return set({ wants: { ...facts.wants, budget: { min: budget.min, max: budget.max + 20_000 } } });
    }
    case 'note added':
      return set({ notes: [...facts.notes, noteOf(world, index, 'later', changedAt)] });
    default:
      return set({ tags: [...facts.tags, 'checked'], updatedAt: facts.updatedAt });
  }
}
