import type { PropertySubType } from '../../../domain/reso.ts';
import type { Criteria } from '../../../domain/saved-search/index.ts';
import {
  asList,
  asNumber,
  entryOf,
  isDocument,
  isMissing,
  nothing,
  type Reading,
  unclear,
  understood,
} from '../reading.ts';
import { readAreas } from './areas.ts';
import { readWords } from './list.ts';
import { readPrice } from './price.ts';
import { readPropertyType } from './property-type.ts';

/** What could not be understood in a query, by the criterion it should have been. */
export type CriteriaWarning = { readonly criterion: string; readonly code: string; readonly found: unknown };
export type CriteriaReading = { readonly criteria: Criteria; readonly warnings: readonly CriteriaWarning[] };

type Draft = { -readonly [Name in keyof Criteria]: Criteria[Name] };

/** An object, or that object as a JSON string, at times with Mongo's operators (`{ price: { $lte: 500000 } }`). */
export const readCriteria = (found: unknown): Reading<CriteriaReading> => {
  if (isMissing(found)) return nothing;
  const query = typeof found === 'string' ? parsed(found) : found;
  if (!isDocument(query)) return unclear('not-a-query');
  const draft: Draft = {};
  const warnings: CriteriaWarning[] = [];
  for (const [name, value] of Object.entries(query)) {
    const reader = entryOf(readers, name);
    if (isMissing(value)) continue;
    if (reader === undefined) warnings.push({ criterion: name, code: 'criterion-unknown', found: value });
    else {
      const code = reader(draft, value);
      if (code !== undefined) warnings.push({ criterion: name, code, found: value });
    }
  }
  if (draft.listPriceMin !== undefined && draft.listPriceMax !== undefined && draft.listPriceMin > draft.listPriceMax) {
    [draft.listPriceMin, draft.listPriceMax] = [draft.listPriceMax, draft.listPriceMin];
    warnings.push({ criterion: 'price', code: 'budget-swapped', found: [draft.listPriceMax, draft.listPriceMin] });
  }
  return understood({ criteria: draft, warnings });
};

/** Takes one entry of the query into the draft; gives a warning's code when it could not, or not wholly. */
type Reader = (draft: Draft, value: unknown) => string | undefined;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The values that an entry allows: itself, a list, or `{ $in: […] }`, `{ $eq: … }`. */
const allowed = (value: unknown): readonly unknown[] | undefined => {
  if (!isDocument(value)) return asNumber(value) === undefined ? asList(value) : [value];
  const names = Object.keys(value);
  if (names.length === 1 && names[0] === '$in') return Array.isArray(value.$in) ? value.$in : undefined;
  return names.length === 1 && names[0] === '$eq' ? [value.$eq] : undefined;
};

const areas: Reader = (draft, value) => {
  const values = allowed(value);
  const reading = values === undefined ? unclear('criterion-unclear') : readAreas([...values]);
  const { cities = [], postalCodes = [] } = reading.value ?? {};
  if (cities.length > 0) draft.cities = union(draft.cities, cities);
  if (postalCodes.length > 0) draft.postalCodes = union(draft.postalCodes, postalCodes);
  return reading.warning ?? (cities.length + postalCodes.length === 0 ? 'criterion-unclear' : undefined);
};

/** A number that must be reached, or not be passed: plain, `"3+"`, or with `$gte`, `$lte`, … */
const bound =
  (
    low: keyof Draft | undefined,
    high: keyof Draft | undefined,
    plain: 'low' | 'high' | 'both',
    read: ReadNumber,
  ): Reader =>
  (draft, value) => {
    const take = (name: keyof Draft | undefined, found: unknown): string | undefined => {
      const number = read(found);
      if (name === undefined || number.value === undefined) return number.warning ?? 'criterion-unclear';
      (draft as Record<string, unknown>)[name] = number.value;
      return number.warning;
    };
    if (!isDocument(value)) {
      if (asNumber(value) === 0) return undefined; // "at least none" says nothing
      const codes = [plain !== 'high' ? take(low, value) : undefined, plain !== 'low' ? take(high, value) : undefined];
      return codes.find((code) => code !== undefined);
    }
    let warning: string | undefined;
    for (const [operator, operand] of Object.entries(value)) {
      const ends: (keyof Draft | undefined)[] =
        operator === '$eq' ? [low, high] : /^\$gte?$/.test(operator) ? [low] : /^\$lte?$/.test(operator) ? [high] : [];
      if (ends.length === 0) warning ??= 'criterion-unclear';
      if (/^\$gte?$/.test(operator) && asNumber(operand) === 0) continue;
      for (const end of ends) warning ??= take(end, operand);
    }
    return warning;
  };

type ReadNumber = (found: unknown) => Reading<number>;

const counted =
  (integer: boolean, max: number): ReadNumber =>
  (found) => {
    const number = asNumber(
      typeof found === 'string'
        ? found
            .trim()
            .replace(/\s*\+$/, '')
            .replaceAll(',', '')
        : found,
    );
    const fits = number !== undefined && number > 0 && number <= max && (!integer || Number.isInteger(number));
    return fits ? understood(number) : unclear('criterion-unclear');
  };

const types: Reader = (draft, value) => {
  const readings = allowed(value)?.map(readPropertyType) ?? [];
  const found = readings.flatMap((reading): PropertySubType[] => {
    if (reading.value === undefined) return [];
    // "Multi" asks for any of them.
    const { propertySubType } = reading.value;
    return propertySubType === 'Multi Family' ? ['Multi Family', 'Duplex'] : [propertySubType];
  });
  if (found.length > 0) draft.propertySubTypes = union(draft.propertySubTypes, found);
  return found.length === 0 ? 'type-unknown' : readings.find(({ warning }) => warning !== undefined)?.warning;
};

const keywords: Reader = (draft, value) => {
  const reading = readWords(value);
  if (reading.value !== undefined) draft.keywords = union(draft.keywords, reading.value);
  return reading.warning;
};

const polygon: Reader = (draft, value) => {
  const ring = isDocument(value) && Array.isArray(value.coordinates) ? value.coordinates[0] : value;
  if (!Array.isArray(ring)) return 'not-a-polygon';
  const points = ring.map((point: unknown) => (Array.isArray(point) ? point.map(asNumber) : []));
  if (points.some((point) => point.length !== 2 || point.some((part) => part === undefined))) return 'not-a-polygon';
  const ordered = points as [number, number][];
  // In the United States longitudes are negative and latitudes are not: a ring that has it the other way round is swapped.
  const swapped = ordered.length > 0 && ordered.every(([first, second]) => first > 0 && second < 0);
  const upright = swapped ? ordered.map(([lat, lng]): [number, number] => [lng, lat]) : ordered;
  const closed = upright.length > 3 && String(upright[0]) === String(upright.at(-1));
  const open = closed ? upright.slice(0, -1) : upright;
  if (open.length < 3 || open.some(([lng, lat]) => Math.abs(lng) > 180 || Math.abs(lat) > 90)) return 'not-a-polygon';
  draft.polygon = open;
  return swapped ? 'coordinates-swapped' : undefined;
};

const union = <Value>(some: readonly Value[] | undefined, more: readonly Value[]): Value[] => [
  ...new Set([...(some ?? []), ...more]),
];

const bedrooms = counted(true, 50);
const bathrooms = counted(false, 50);
const livingArea = counted(false, 10_000_000);

const readers: Record<string, Reader> = {
  city: areas,
  cities: areas,
  zip: areas,
  zips: areas,
  areas,
  price: bound('listPriceMin', 'listPriceMax', 'high', readPrice),
  minPrice: bound('listPriceMin', undefined, 'low', readPrice),
  maxPrice: bound(undefined, 'listPriceMax', 'high', readPrice),
  beds: bound('bedroomsMin', undefined, 'low', bedrooms),
  bedrooms: bound('bedroomsMin', undefined, 'low', bedrooms),
  minBeds: bound('bedroomsMin', undefined, 'low', bedrooms),
  baths: bound('bathroomsMin', undefined, 'low', bathrooms),
  bathrooms: bound('bathroomsMin', undefined, 'low', bathrooms),
  minBaths: bound('bathroomsMin', undefined, 'low', bathrooms),
  sqft: bound('livingAreaMin', undefined, 'low', livingArea),
  minSqft: bound('livingAreaMin', undefined, 'low', livingArea),
  type: types,
  types,
  propertyType: types,
  keywords,
  keyword: keywords,
  polygon,
};
