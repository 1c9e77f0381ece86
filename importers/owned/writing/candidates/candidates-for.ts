import type { Edit } from '../edits.ts';
import type { Unit } from '../units.ts';
import { waysOfHomes } from './homes.ts';
import { waysOfPeople } from './people.ts';
import { areas, range } from './ranges.ts';
import { reference } from './references.ts';
import { single, type Ways, type Writing } from './writing.ts';

/** By the first field of the unit. */
const special: Readonly<Record<string, Ways>> = {
  ...waysOfHomes,
  ...waysOfPeople,
  listAgentKey: reference('listAgentKey'),
  ownerMemberKey: reference('ownerMemberKey'),
  cities: areas,
  *listPriceMin(writing) {
    yield* range(writing.pathsOf('priceRange').length > 0 ? 'priceRange' : 'budget')(writing);
  },
};

/** Edits that may make the document say what is wanted, the best first. Reading it again decides whether they do. */
export function* candidatesFor(unit: Unit, writing: Writing): Generator<readonly Edit[], void, undefined> {
  const [field] = unit.fields;
  if (field === undefined) return;
  yield* special[field]?.(writing) ?? [];
  for (const slot of unit.slots) yield* single(writing, slot, writing.wanted[slot] ?? writing.wanted[field]);
}
