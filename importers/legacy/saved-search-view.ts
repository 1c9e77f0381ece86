import { criterionSlots } from './criteria/criterion-readers.ts';
import { mayBelong, narrowingIn, saysNothing } from './criteria/narrowing.ts';
import { isOtherShape, type MappedCriterion } from './criteria/read-criteria.ts';
import { conditionsIn } from './criteria/shapes/conditions.ts';
import { withoutPath } from './criteria/shapes/without-path.ts';
import { isFrequency } from './fields/times/frequency.ts';
import { isSearchSwitch } from './fields/words/search-switch.ts';
import type { LegacyDocument, Looked } from './looked.ts';
import { isDocument, isEmpty, isMissing } from './reading.ts';

/** What a mapping can say about a saved search; `savedSearchKey`: what other documents may refer to. */
export const savedSearchSlots = [
  'savedSearchKey',
  'contactKey',
  'criteria',
  'savedSearchName',
  'scheduleType',
  'activeYN',
  'lastSentTimestamp',
  ...criterionSlots,
] as const;
type Slot = (typeof savedSearchSlots)[number];
export type SavedSearchLook = Looked<Slot>;

/** The names under which `mapSavedSearch` reads fields that have a different name in openhouse. */
export const savedSearchNames = [
  'active',
  'contact',
  'contactId',
  'frequency',
  'lastSentAt',
  'name',
  'query',
  'userEmail',
] as const;
export type SavedSearchDocument = LegacyDocument &
  Readonly<Partial<Record<(typeof savedSearchNames)[number], unknown>>>;

/** What a mapping says of a saved search besides the fields that have names. */
export type MappedCriteria = {
  /** The criteria for which it says where they are. */
  readonly criteria: readonly MappedCriterion[];
  /** Those for which it gives a constant, where the document has nothing. */
  readonly constants: readonly MappedCriterion[];
  /** What may narrow the search beside these criteria, and the mapping does not mention. */
  readonly beside: readonly (readonly [path: string, found: unknown])[];
};

/**
 * A saved search as `mapSavedSearch` reads it: what the mapping names, under the names that it knows, and everything
 * else in the document, because anything that may narrow the search counts wherever it is.
 */
export const savedSearchView = (look: SavedSearchLook): MappedCriteria & { readonly document: SavedSearchDocument } => {
  const { named, beside } = besidesMapped(look);
  const renamed = { query: 'criteria', name: 'savedSearchName', lastSentAt: 'lastSentTimestamp' } as const;
  for (const [name, slot] of Object.entries(renamed)) {
    // What the document itself calls so is something else, and counts.
    if (named.has(name)) putAside(named, name, named.get(name));
    named.set(name, slot === 'criteria' ? queryIn(look) : look.first(slot));
  }
  // Each of these counts, besides those that the reader recognises by their names.
  for (const [name, slot, known] of switches) {
    const said = look.found(slot).filter(({ value }) => !isMissing(value));
    // Which side a switch is on when it says yes depends on its name (`flags.paused`).
    const nameOf = (path: string) => [path, path.slice(path.lastIndexOf('.') + 1)].find(known) ?? name;
    for (const { path, value } of said) putAside(named, nameOf(path), value);
    // Another frequency is one, but another switch does not say that this one is on.
    const isSaid = slot === 'scheduleType' && [...named].some(([other, value]) => known(other) && !isMissing(value));
    if (said.length === 0 && !isSaid) putAside(named, name, look.first(slot));
  }
  named.set('contactId', look.first('contactKey'));
  const [, ...others] = look.found('criteria').filter(({ value }) => !isMissing(value));
  return {
    document: Object.fromEntries(named),
    criteria: criterionSlots.flatMap((slot) => look.found(slot).map(({ path, value }) => ({ slot, path, value }))),
    constants: criterionSlots.flatMap((slot) => {
      const found = look.found(slot);
      const constant = look.all(slot)[found.length];
      return constant === undefined || found.some(({ value }) => !isEmpty(value))
        ? []
        : [{ slot, path: slot, value: constant }];
    }),
    // Only one of several queries is read.
    beside: [...others.flatMap(({ path, value }) => (saysNothing(value) ? [] : [[path, value] as const])), ...beside],
  };
};

const switches = [
  ['frequency', 'scheduleType', isFrequency],
  ['active', 'activeYN', isSearchSwitch],
] as const;

/** Adds a field under its name, or if another one has that, under one that is spelled the same. */
const putAside = (named: Map<string, unknown>, name: string, value: unknown): void => {
  let free = name;
  while (named.has(free)) free += '_';
  named.set(free, value);
};

/** The query without the criteria that the mapping names. */
const queryIn = (look: SavedSearchLook): unknown => {
  const inside = `${look.path('criteria')}.`;
  const paths = criterionSlots.flatMap((slot) => look.found(slot).map(({ path }) => path));
  return paths
    .filter((path) => path.startsWith(inside))
    .reduce((rest, path) => withoutPath(rest, path.slice(inside.length)), look.first('criteria'));
};

const isCriterionSlot = (slot: Slot): boolean => (criterionSlots as readonly string[]).includes(slot);

/** What a sub-document has besides what the mapping names: anything, criteria, or a query in a shape that is not the old CRM's. */
type Among = 'anything' | 'criteria' | 'query';

/**
 * What a document has besides what the mapping names. The other entries of a sub-document that the mapping looks into count under
 * their own names; if it looks for criteria there, so does whatever is inside them, and whatever it cannot look into.
 */
const besidesMapped = (look: SavedSearchLook) => {
  const places = savedSearchSlots.flatMap((slot) => look.found(slot).map(({ path }) => ({ slot, path })));
  const query = isOtherShape(look.first('criteria')) ? look.path('criteria') : '';
  const named = new Map<string, unknown>();
  const beside = [...alternativesIn(look.document, places)];
  const spread = (found: object, whole: unknown, prefix: string, among: Among): void => {
    for (const [name, value] of Object.entries(found)) {
      const path = `${prefix}${name}`;
      const inside = places.filter((place) => place.path.startsWith(`${path}.`));
      const hasCriteria = inside.some(({ slot }) => isCriterionSlot(slot));
      const looks = hasCriteria || inside.some(({ slot }) => slot === 'criteria');
      const isList = looks && Array.isArray(value);
      const before = (whole as Readonly<Record<string, unknown>>)[name];
      const isKnown = isSearchSwitch(name) || isFrequency(name);
      for (const [at, part] of (isList ? value : [value]).entries()) {
        const partBefore = isList ? (before as readonly unknown[])[at] : before;
        // The same as before: the mapping found nothing in this item.
        const isUnread = looks && ((isList && part === partBefore) || conditionsIn([part]) !== undefined);
        if (inside.length > 0 && isDocument(part) && !isUnread)
          spread(
            part,
            partBefore,
            `${path}.`,
            query.startsWith(`${path}.`) ? 'query' : hasCriteria ? 'criteria' : 'anything',
          );
        else if (looks && (isList || !isKnown)) beside.push(...(saysNothing(part) ? [] : [[path, part] as const]));
        else if (among === 'anything' || isKnown) putAside(named, name, part);
        else if (among === 'query') beside.push(...(mayBelong(name, part) ? [[path, part] as const] : []));
        else beside.push(...narrowingIn(name, part, path));
        if (inside.length > 0 && isCutJson(part))
          for (const [word, slot] of switches)
            if (inside.some((place) => place.slot === slot)) putAside(named, word, part);
      }
    }
  };
  spread(
    (places.reduce<unknown>((rest, { path }) => withoutPath(rest, path), look.document) ?? {}) as object,
    look.document,
    '',
    'anything',
  );
  return { named, beside };
};

type Place = { readonly slot: Slot; readonly path: string };

/**
 * Lists of which several items have criteria that are not all of one kind, or queries: each item may be an alternative, with its own
 * criteria.
 */
const alternativesIn = (
  found: unknown,
  places: readonly Place[],
  at = '',
): readonly (readonly [path: string, found: unknown])[] => {
  if (Array.isArray(found)) {
    // A number in a path says which item is meant.
    const slots = found
      .filter((item) => !saysNothing(item))
      .map((item) => places.filter(({ path }) => !/^\d/.test(path) && withoutPath(item, path) !== item))
      .map((inside) => inside.map(({ slot }) => slot).filter((slot) => slot === 'criteria' || isCriterionSlot(slot)))
      .filter((inside) => inside.length > 0);
    const kinds = new Set(slots.flat());
    return slots.length > 1 && (kinds.size > 1 || kinds.has('criteria'))
      ? [[at, found]]
      : found.flatMap((item, number) => alternativesIn(item, below(`${number}`, places), at));
  }
  if (!isDocument(found)) return [];
  return Object.entries(found).flatMap(([name, value]) => {
    const inside = places.filter(({ path }) => path.startsWith(`${name}.`));
    return inside.length === 0 ? [] : alternativesIn(value, below(name, inside), at === '' ? name : `${at}.${name}`);
  });
};

/** Places by their paths from an entry on; those that do not begin with it stay. */
const below = (name: string, places: readonly Place[]): readonly Place[] =>
  places.map((place) =>
    place.path.startsWith(`${name}.`) ? { ...place, path: place.path.slice(name.length + 1) } : place,
  );

/** JSON text that ends too early: whether it has a switch or a frequency is not known. */
const isCutJson = (found: unknown): boolean => typeof found === 'string' && /^\s*["[{]/.test(found);
