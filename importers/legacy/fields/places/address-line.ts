import { readLine } from '../words/text.ts';
import { readPostalCode } from './postal-code.ts';
import { stateCode } from './state.ts';
import { isTown, townSpelling, zipArea } from './zip-areas.ts';

/** The parts of an address as they are written. */
export type AddressParts = {
  readonly street?: unknown;
  readonly unit?: unknown;
  readonly city?: unknown;
  readonly state?: unknown;
  readonly zip?: unknown;
  /** The street may contain the town, but no known town has that name. */
  readonly unclear?: boolean;
};

/**
 * Splits a one-line address, starting from its end: country, ZIP code, state, town, unit; the rest is the street. A
 * comma separates the town from the street. Without one, the ZIP code's town does, or the words after "St", "Ave", … if
 * there is such a town.
 *
 * @param found at most a few hundred characters
 * @param mayNameTown whether to look for a town; false if the town has its own field
 */
export const partsOfLine = (found: string, mayNameTown = true): AddressParts => {
  const tail = withoutRegion(
    found
      .replace(/\s*[\n;|]\s*/g, ', ')
      .replace(/\s*\([^()]{1,40}\scounty\)/i, '')
      .replace(/\s+/g, ' '),
  );
  const pieces = tail.rest
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '' && !/^[\p{L}. -]{2,30}\scounty$/iu.test(piece));
  // "Unit 4, 123 Main St": the part before the street is a unit if the street has its own number.
  const units = pieces.filter((piece, index) => unitAlone.test(piece) && (index > 0 || /^\d/.test(pieces[1] ?? '')));
  const others = pieces.filter((piece) => !units.includes(piece));
  const region = { ...(tail.state && { state: tail.state }), ...(tail.zip && { zip: tail.zip }) };
  const last = others.at(-1) ?? '';
  if (others.length === 1 && !/\d/.test(last) && isTownOf(last, region) && mayNameTown)
    return { city: last, ...region };
  if (others.length > 1) {
    const inside = withoutUnit(others.slice(0, -1).join(', '));
    return { street: inside.street, unit: units[0] ?? inside.unit, city: last, ...region };
  }
  const split = mayNameTown ? townAtEnd(last, region) : { street: last };
  const inside = withoutUnit(split.street);
  return {
    street: inside.street,
    unit: units[0] ?? inside.unit,
    ...region,
    ...(split.city === undefined ? {} : { city: split.city }),
    ...(split.unclear ? { unclear: true } : {}),
  };
};

/** Whether a word is a direction before or after the name of a street: `N`, `Southwest`. */
export const isDirection = (word: string): boolean => direction.test(word);

/** A town, with its state and ZIP code if they are in the same field: `"Boca Raton, FL 33432"`. */
export const townOf = (found: unknown): Pick<AddressParts, 'city' | 'state' | 'zip'> => {
  if (typeof found !== 'string') return { city: found };
  const { rest, state, zip } = withoutRegion(found);
  // "Kansas" and "New York" are towns too.
  if (rest === '' || (zip === undefined && state !== undefined && !found.includes(',') && !isTown(rest)))
    return { city: found };
  return { city: rest, ...(state && { state }), ...(zip && { zip }) };
};

type Region = { readonly state?: string; readonly zip?: string };

const withoutRegion = (line: string): Region & { readonly rest: string } => {
  let rest = trimmed(line.replace(/[\s,]+(?:usa?|u\.s\.a?\.?|united states(?: of america)?)\.?$/i, ''));
  // "FL33432"
  rest = rest.replace(/(?<=[\s,])([a-z]{2})(?=\d{5}(?:-\d{4})?$)/i, (code) => (stateCode(code) ? `${code} ` : code));
  const zip = /(?:^|[\s,])(\d{5}(?:-\d{4})?)$/.exec(rest)?.[1];
  if (zip !== undefined && readPostalCode(zip).value !== undefined) rest = trimmed(rest.slice(0, -zip.length));
  const words = rest.split(/[\s,]+/);
  // "District of Columbia" is the longest name of a state. The first word of the line is never the state.
  for (let count = Math.min(3, words.length - (zip === undefined ? 1 : 0)); count > 0; count--) {
    const written = words.slice(-count).join(' ');
    const state = stateCode(written);
    if (state === undefined) continue;
    const before = rest.slice(0, [...rest.matchAll(/[^\s,]+/g)].slice(-count)[0]!.index);
    // Without a ZIP code, "Ct" more likely means the court of "12 Oak Ct", unless it follows a comma or a town of that
    // state.
    if (zip !== undefined || /,\s*$/.test(before) || endsInTown(before, state)) {
      return { rest: trimmed(before), state, ...(zip && { zip }) };
    }
  }
  return { rest, ...(zip && { zip }) };
};

const endsInTown = (text: string, state: string): boolean => {
  const words = trimmed(text.split(',').at(-1)!).split(' ');
  return [1, 2, 3, 4].some((count) => count <= words.length && isTown(words.slice(-count).join(' '), state));
};

const trimmed = (text: string) => text.replace(/^[\s,]+/, '').replace(/[\s,]+$/, '');

const isTownOf = (name: string, { state, zip }: Region): boolean => {
  const area = zip === undefined ? undefined : zipArea(zip.slice(0, 5));
  return (area !== undefined && townSpelling(area.city) === townSpelling(name)) || isTown(name, state);
};

const suffixes =
  'street|st|avenue|ave|av|road|rd|drive|dr|lane|ln|court|ct|circle|cir|boulevard|blvd|way|place|pl|terrace|ter|terr|trail|trl|parkway|pkwy|highway|hwy|square|sq|loop|run|path|pass|point|pt|cove|cv|crossing|xing|row|walk|alley|aly|plaza|plz|causeway|cswy|broadway';
const streetEnd = new RegExp(String.raw`^(?:${suffixes})\.?$`, 'i');
/** Whether a word ends the name of a street: `St`, `Avenue`. */
export const isStreetEnd = (word: string): boolean => streetEnd.test(word);
const direction = /^(?:n|s|e|w|ne|nw|se|sw|north|south|east|west|northeast|northwest|southeast|southwest)\.?$/i;

/**
 * "126 Main St Boca Raton": the ZIP code's town if the line ends with it, otherwise whatever follows the last word that
 * can end a street name.
 */
const townAtEnd = (
  line: string,
  region: Region,
): { readonly street: string; readonly city?: string; readonly unclear?: boolean } => {
  const words = line.split(' ');
  const area = region.zip === undefined ? undefined : zipArea(region.zip.slice(0, 5));
  // No town in the United States has more than six words.
  for (let count = Math.min(6, words.length - 2); area !== undefined && count > 0; count--) {
    const city = words.slice(-count).join(' ');
    if (townSpelling(city) === townSpelling(area.city)) return { street: words.slice(0, -count).join(' '), city };
  }
  if (region.zip === undefined && region.state === undefined) return { street: line };
  let end = words.findIndex((word, index) => index >= 2 && streetEnd.test(word)) + 1;
  if (end === 0) return { street: line, ...(words.length > 3 ? { unclear: true } : {}) };
  while (end < words.length - 1 && streetEnd.test(words[end]!) && !/^st\.?$/i.test(words[end]!)) end++;
  if (end < words.length - 1 && direction.test(words[end]!) && !isTown(words.slice(end).join(' '), region.state)) end++;
  const unit = unitAtStart.exec(words.slice(end).join(' '));
  if (unit !== null) end += unit[0].trim().split(' ').length;
  const city = words.slice(end).join(' ');
  if (city === '') return { street: line };
  return isTown(city, region.state) ? { street: words.slice(0, end).join(' '), city } : { street: line, unclear: true };
};

const unitName = String.raw`(?:apt\.?|apartment|unit|ste\.?|suite|ph|penthouse|no\.?|rm\.?|room|lot|fl\.?|floor)`;
const unitAlone = new RegExp(
  String.raw`^(?:#\s?[\w-]{1,10}|${unitName}\s?#?\s?[\w-]{1,10}|penthouse|\d{1,3}(?:st|nd|rd|th) floor)$`,
  'i',
);
const unitAtStart = new RegExp(
  String.raw`^(?:#\s?|${unitName}\s#?\s?)[a-z]?\d[\w-]{0,9}(?:\s|$)|^(?:${unitName})\s[a-z](?:\s|$)`,
  'i',
);
const unitAtEnd = new RegExp(String.raw`^(.*\S)[\s,]+((?:#|${unitName})\s*#?\s*[a-z0-9][\w-]*)$`, 'i');

const withoutUnit = (street: string): { readonly street: string; readonly unit?: string } => {
  const match = unitAtEnd.exec(street);
  return match === null ? { street } : { street: match[1]!.replace(/,$/, ''), unit: match[2]! };
};

/** `"Unit 4B"`, `"#4B"`, `"Apt. 4B"` → `4B`. */
export const unitNumber = (found: unknown): string | undefined =>
  readLine(found)
    .value?.replace(/^(?:(?:apt\.?|apartment|unit|ste\.?|suite|no\.?)(?![a-z]))?[\s#]*/i, '')
    .trim() || undefined;
