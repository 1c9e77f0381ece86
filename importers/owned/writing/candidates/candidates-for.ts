import type { Edit } from '../edits.ts';
import type { Unit } from '../units.ts';
import { waysOfHomes } from './homes.ts';
import { waysOfPeople } from './people.ts';
import { areas, range } from './ranges.ts';
import { reference } from './references.ts';
import { has, single, type Ways, type Writing } from './writing.ts';

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

/** Whether a document says nothing of a unit, so that it has no form of its own for it. */
export const saysNothingOf = (unit: Unit, writing: Writing): boolean =>
  !pathsOf(unit, writing).some((path) => has(writing, path));

/**
 * Edits that may make the document say what is wanted, the best first: in the form that the document uses or, if it has none, in
 * the one that most others use. Reading it again decides whether they do.
 */
export const candidatesFor = (unit: Unit, writing: Writing): Iterable<readonly Edit[]> => {
  const all = everyWay(unit, writing);
  const most = Math.max(0, ...pathsOf(unit, writing).map(writing.uses));
  if (most === 0 || !saysNothingOf(unit, writing)) return all;
  const ranked = [...all].map((edits) => ({ edits, likeness: likeness(edits, writing, most) }));
  return ranked.toSorted((one, other) => other.likeness - one.likeness).map(({ edits }) => edits);
};

function* everyWay(unit: Unit, writing: Writing): Generator<readonly Edit[], void, undefined> {
  const [field] = unit.fields;
  if (field === undefined) return;
  yield* special[field]?.(writing) ?? [];
  if (field === 'media') return;
  for (const slot of unit.slots) yield* single(writing, slot, writing.wanted[slot] ?? writing.wanted[field]);
}

const pathsOf = ({ slots }: Unit, writing: Writing): readonly string[] => slots.flatMap(writing.pathsOf);

/** How much these edits fill what other documents fill, and leave empty what they leave empty. @param most the uses of the path that is used most */
const likeness = (edits: readonly Edit[], { uses }: Writing, most: number): number => {
  const filled = new Set(edits.flatMap(({ path, value }) => ((value ?? null) === null ? [] : [path])));
  return [...filled].reduce((sum, path) => sum + (2 * uses(path)) / most - 1, 0);
};
