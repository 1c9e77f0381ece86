import type { Criteria } from '../../../domain/saved-search/index.ts';

/** Two sets of criteria as one, or the criterion that they conflict in (or that ours cannot express). */
export type Combined = { readonly criteria: Criteria } | { readonly conflict: readonly (keyof Criteria)[] };

/**
 * Criteria that hold only when both do, never wider than either: lists are intersected, of two lower limits the greater
 * counts, and of two upper limits the lesser.
 */
export const both = (left: Criteria, right: Criteria): Combined => {
  const criteria: Record<string, unknown> = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const before = criteria[name];
    const joined = before === undefined ? value : joinOne(name as keyof Criteria, before, value);
    if (joined === undefined) return { conflict: [name as keyof Criteria] };
    criteria[name] = joined;
  }
  return reversed(criteria as Criteria) ?? { criteria: criteria as Criteria };
};

const joinOne = (name: keyof Criteria, left: unknown, right: unknown): unknown => {
  switch (name) {
    case 'cities':
    case 'postalCodes':
    case 'propertySubTypes':
    case 'standardStatuses':
      return shared(left as readonly string[], right as readonly string[]);
    case 'listPriceMin':
    case 'bedroomsMin':
    case 'bathroomsMin':
    case 'livingAreaMin':
      return Math.max(left as number, right as number);
    case 'listPriceMax':
    case 'bedroomsMax':
    case 'bathroomsMax':
    case 'livingAreaMax':
      return Math.min(left as number, right as number);
    case 'areas':
    case 'keywords':
    case 'polygon':
      // "One of these, and one of those" is more than our criteria can express.
      return JSON.stringify(left) === JSON.stringify(right) ? left : undefined;
    default:
      return name satisfies never;
  }
};

const shared = (left: readonly string[], right: readonly string[]): readonly string[] | undefined => {
  const wanted = new Set(right.map((value) => value.toLowerCase()));
  const some = left.filter((value) => wanted.has(value.toLowerCase()));
  return some.length === 0 ? undefined : some;
};

const ranges = [
  ['listPriceMin', 'listPriceMax'],
  ['bedroomsMin', 'bedroomsMax'],
  ['bathroomsMin', 'bathroomsMax'],
  ['livingAreaMin', 'livingAreaMax'],
] as const;

const reversed = (criteria: Criteria): Combined | undefined => {
  const conflict = ranges.find(([min, max]) => (criteria[min] ?? 0) > (criteria[max] ?? Number.POSITIVE_INFINITY));
  return conflict && { conflict };
};

/**
 * Criteria that hold when one of several sets does, or `undefined` if ours cannot express that. They can if each is
 * about the place alone (a city or a postal code), or about the same list.
 */
export const oneOf = (alternatives: readonly Criteria[]): Criteria | undefined => {
  const [first] = alternatives;
  if (first === undefined) return undefined;
  if (alternatives.length === 1) return first;
  const names = new Set(alternatives.flatMap((criteria) => Object.keys(criteria)));
  if (alternatives.some((criteria) => Object.keys(criteria).length !== 1)) return undefined;
  if ([...names].every((name) => name === 'cities' || name === 'postalCodes' || name === 'areas')) {
    return placed(
      alternatives.flatMap(({ cities = [], areas }) => [...cities, ...(areas?.cities ?? [])]),
      alternatives.flatMap(({ postalCodes = [], areas }) => [...postalCodes, ...(areas?.postalCodes ?? [])]),
    );
  }
  for (const name of ['propertySubTypes', 'standardStatuses', 'keywords'] as const) {
    if (names.size > 1 || !names.has(name)) continue;
    return {
      [name]: [...new Set(alternatives.flatMap((criteria): readonly string[] => criteria[name] ?? []))],
    } as Criteria;
  }
  return undefined;
};

/** In one of these cities or postal codes. */
export const placed = (cities: readonly string[], postalCodes: readonly string[]): Criteria => {
  const [some, codes] = [distinct(cities), [...new Set(postalCodes)]];
  if (some.length > 0 && codes.length > 0) return { areas: { cities: some, postalCodes: codes } };
  if (some.length > 0) return { cities: some };
  return codes.length > 0 ? { postalCodes: codes } : {};
};

const distinct = (names: readonly string[]): string[] =>
  [...new Map([...names].reverse().map((name) => [name.toLowerCase(), name])).values()].reverse();
