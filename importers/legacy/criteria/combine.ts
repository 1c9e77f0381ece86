import type { Criteria } from '../../../domain/saved-search/index.ts';

/** Two sets of criteria as one, or which two criteria cannot both hold (or not be said together in ours). */
export type Combined = { readonly criteria: Criteria } | { readonly conflict: readonly (keyof Criteria)[] };

/**
 * What must hold so that both hold: never wider than either. Lists have to share a value, the greater of two lower ends counts,
 * and the less of two upper ends.
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
      // One of a list and one of another one is more than our criteria can say.
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
 * What must hold so that one of several sets of criteria holds; `undefined` when our criteria cannot say it. They can where each is
 * about the place alone (a city or a postal code), or each about the same list.
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

/** In one of these cities, or with one of these postal codes. */
export const placed = (cities: readonly string[], postalCodes: readonly string[]): Criteria => {
  const [some, codes] = [distinct(cities), [...new Set(postalCodes)]];
  if (some.length > 0 && codes.length > 0) return { areas: { cities: some, postalCodes: codes } };
  if (some.length > 0) return { cities: some };
  return codes.length > 0 ? { postalCodes: codes } : {};
};

const distinct = (names: readonly string[]): string[] =>
  [...new Map([...names].reverse().map((name) => [name.toLowerCase(), name])).values()].reverse();
