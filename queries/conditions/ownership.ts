import type { Misfit } from '../importing/misfits.ts';
import type { Condition, Finding } from './condition.ts';

const names = { listing: 'listings', lead: 'leads', agent: 'agents' } as const;

/** The findings of `openhouse ownership check` with this code. Its other codes are conditions of their own (old-crm.ts, jobs.ts). */
const findingsOf = (misfits: readonly Misfit[], wanted: Misfit['code']): readonly Finding[] =>
  misfits.flatMap(({ recordType, code, text }) => (code === wanted ? [{ subject: names[recordType], text }] : []));

export const typeNotMapped: Condition = {
  name: 'legacy-type-not-mapped',
  label: 'The mapping lacks a record type',
  severity: 'attention',
  detected:
    'MONGO_URL is set, and the mapping in force does not say where the old CRM has listings, leads or agents, although openhouse owns them or has read documents of theirs.',
  seenWithin: 'at once',
  whatToDo:
    'Add the type to the mapping, or set OPENHOUSE_MAPPING to one that has it. `openhouse ownership check` checks again.',
  href: '/ownership',
  needsEventStore: true,
  look: ({ misfits }) => findingsOf(misfits, 'mapping-lacks-type'),
};

export const otherMapping: Condition = {
  name: 'legacy-other-mapping',
  label: 'The old CRM was last read with another mapping',
  severity: 'attention',
  detected:
    'MONGO_URL is set, and the last import used a different mapping from the one in force; or changes are read with a version of the mapping from before the last remap.',
  seenWithin: 'at once',
  whatToDo:
    'Set OPENHOUSE_MAPPING to the same mapping wherever openhouse runs, and restart it. If it was changed on purpose, `openhouse import remap all --dry-run` shows what that changes.',
  href: '/ownership',
  needsEventStore: true,
  // All types are read with the same one.
  look: ({ misfits }) =>
    findingsOf(misfits, 'other-mapping')
      .slice(0, 1)
      .map(({ text }) => ({ subject: 'mapping', text })),
};

export const sidesDiffer: Condition = {
  name: 'legacy-differs',
  label: 'Records differ from the old CRM, and nothing will make them equal',
  severity: 'note',
  detected:
    'MONGO_URL is set, records of a type that openhouse owns differed when they were last compared with the old CRM, and nothing of that type is waiting to be written back or for a decision.',
  seenWithin: 'at once',
  whatToDo:
    'Compare them again: `openhouse parity`. If they still differ, `openhouse parity --repair` shows how to make them equal.',
  href: '/ownership',
  needsEventStore: true,
  look: ({ misfits }) => findingsOf(misfits, 'differs'),
};
