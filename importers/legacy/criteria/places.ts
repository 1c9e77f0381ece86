import { townOf } from '../fields/places/address-line.ts';
import { townName } from '../fields/places/areas.ts';
import { readPostalCode } from '../fields/places/postal-code.ts';
import { stateCode } from '../fields/places/state.ts';
import { isTown, zipArea } from '../fields/places/zip-areas.ts';
import { entryOf, isDocument, isMissing, spelling } from '../reading.ts';
import { readAlternatives } from './alternatives.ts';
import { placed } from './combine.ts';
import { type CriterionReader, notUnderstood, type Part, saysAny } from './part.ts';

/** Longer than the name of any town with its state. */
const maxLength = 100;

/** A town, a ZIP code, or a town with its ZIP code (then both must match); a state alone is ignored. */
type Place = { readonly city?: string; readonly postalCode?: string };

/**
 * Cities and postal codes; the home must be in one of them: `"Boca Raton"`, `["Lantana", "33483"]`,
 * `"Boca Raton, Delray Beach"`. A state next to a town is ignored (`"Boca Raton, FL"`).
 * In `"Boca Raton, FL 33432"` both must match.
 */
export const readPlaces: CriterionReader = (found) => {
  // The comma in "Boca Raton, FL 33432" does not separate two places.
  const whole = typeof found === 'string' && found.length <= maxLength ? townWithZip(found) : undefined;
  if (whole !== undefined) return partOf([whole]);
  const isPlace = isDocument(found) && !Object.keys(found).some((name) => name.startsWith('$'));
  return readAlternatives(isPlace ? [found] : found, placesIn, 'place-unclear', partOf);
};

const partOf = (places: readonly Place[]): Part => {
  const named = places.filter(({ city, postalCode }) => city !== undefined || postalCode !== undefined);
  const [first] = named;
  const both = named.some(({ city, postalCode }) => city !== undefined && postalCode !== undefined);
  // "One town with its ZIP code, or another place" is more than our criteria can express.
  if (first === undefined || (both && named.length > 1)) return notUnderstood('place-unclear');
  const cities = named.flatMap(({ city }) => city ?? []);
  const postalCodes = named.flatMap(({ postalCode }) => postalCode ?? []);
  return { criteria: both ? { cities, postalCodes } : placed(cities, postalCodes) };
};

const townWithZip = (found: string): Place | undefined => {
  const { city, state, zip } = townOf(found);
  return typeof city === 'string' &&
    state !== undefined &&
    typeof zip === 'string' &&
    isTownName(city) &&
    !/[,;]/.test(city)
    ? { city: townName(city), postalCode: zip.slice(0, 5) }
    : undefined;
};

const placesIn = (found: unknown): readonly Place[] | undefined => {
  const postalCode = typeof found === 'string' || typeof found === 'number' ? readPostalCode(found).value : undefined;
  if (postalCode !== undefined) {
    const zip = postalCode.slice(0, 5);
    // "334" is more likely the beginning of a ZIP code than one that lost its zeros.
    return /^\d{5}/.test(String(found)) || zipArea(zip) !== undefined ? [{ postalCode: zip }] : undefined;
  }
  if (isDocument(found)) return placeOf(found);
  if (typeof found !== 'string' || found.length > maxLength) return undefined;
  const text = found.replace(/\s+/g, ' ');
  const state = stateCode(text);
  // New York is in New York; Florida is also a town in other states, which is not what is meant.
  if (state !== undefined && !isTown(text, state)) return [{}];
  const { city, zip } = townOf(text);
  if (zip !== undefined) {
    const place = townWithZip(text);
    return place && [place];
  }
  if (typeof city !== 'string') return undefined;
  return isTownName(city) ? [{ city: townName(city) }] : undefined;
};

/**
 * `{ type: 'city', name: 'Boca Raton' }`, `{ city: 'Boca Raton', state: 'FL' }`: every part must be understood, and say what the
 * kind of place promises. A county, a school or a neighborhood is none of our criteria.
 */
const placeOf = (found: Readonly<Record<string, unknown>>): readonly Place[] | undefined => {
  const parts = Object.entries(found).flatMap(([name, value]): [string, unknown][] =>
    isMissing(value) || /^_?id$/i.test(name) ? [] : [[spelling(name), value]],
  );
  const valuesOf = (...names: readonly string[]) =>
    parts.flatMap(([name, value]) => (names.includes(name) ? [value] : []));
  const [kinds, names, states] = [valuesOf('type', 'kind'), valuesOf('name', 'value', 'label'), valuesOf('state')];
  const own = parts.filter(([name]) => entryOf(kindsOfPlaces, name) !== undefined);
  // A name alone does not say what of, and a part that is not known may narrow it.
  if (kinds.length + names.length + states.length + own.length < parts.length) return undefined;
  if (kinds.length > 1 || (kinds.length === 0) !== (names.length === 0)) return undefined;
  if (!states.every((state) => typeof state === 'string' && stateCode(state) !== undefined)) return undefined;
  const said = [...names.map((value) => [kinds[0], value] as const), ...own];
  const place = new Map<keyof Place, string>();
  for (const [kind, value] of said) {
    const part = typeof kind === 'string' ? entryOf(kindsOfPlaces, spelling(kind)) : undefined;
    const read = part === undefined ? undefined : onlyPart(value, part);
    if (part === undefined || read === undefined) return undefined;
    if ((place.get(part) ?? read).toLowerCase() !== read.toLowerCase()) return undefined;
    place.set(part, read);
  }
  return place.size === 0 ? undefined : [Object.fromEntries(place)];
};

const kindsOfPlaces: Readonly<Record<string, keyof Place>> = {
  city: 'city',
  town: 'city',
  zip: 'postalCode',
  zipcode: 'postalCode',
  postalcode: 'postalCode',
  postcode: 'postalCode',
};

/** A text that says this and nothing else, apart from a state beside a town. */
const onlyPart = (found: unknown, part: keyof Place): string | undefined => {
  // "Any" is the name of no town.
  if ((typeof found !== 'number' && typeof found !== 'string') || saysAny(found)) return undefined;
  const [, beside] = String(found).split(/[,;|\n]/, 2);
  if (beside !== undefined && stateCode(beside) === undefined) return undefined;
  const [only, ...others] = placesIn(found) ?? [];
  return only !== undefined && others.length === 0 && Object.keys(only).length === 1 ? only[part] : undefined;
};

/** Letters and the punctuation found in names; no pattern, exclusion, radius, county or "TBD". */
const isTownName = (text: string): boolean =>
  text.length <= maxLength && /^\p{L}[\p{L}\p{M}\p{N} .'’ʻ-]*$/u.test(text) && (isTown(text) || !noTownName.test(text));

const noTownName =
  /^(?:none|n[\s/.]?a|nil|null|undefined|tb[ad]|unknown|other|various|multiple|several|some|open|flexible|undecided|see notes?|call)$|^(?:not|no|except|excluding|exclude|without|within|near|nearby|around|outside|beyond|other than|any|anywhere|anything|everywhere|all|close|between|from|(?:east|west|north|south) of)\s|\s(?:and|not|except|without|within|miles|mi|area|areas|only|county|counties|zip|zips|or)(?:\s|$)|\s(?:of|near|around)\s/i;
