import { asNumber, isDocument, isMissing, type Reading, reader, unclear, understood } from '../../reading.ts';
import { numberReadings } from './quantities/written-number.ts';

/** More is a placeholder (99) or the whole building. */
const maxRooms = 60;

/**
 * `3`, `"3"`, `"3 BR"`, `"3 Schlafzimmer"`, `"three"`, `"studio"` (0 bedrooms). `"3+1"` counts as 3 (`extra-room`), `"3-4"` and `"3+"` as
 * the lower number (`room-range`).
 */
export const readBedrooms = reader(60, (found): Reading<number> => {
  const number = asNumber(found);
  if (number !== undefined) return bedrooms(number);
  const text = typeof found === 'string' ? found.toLowerCase().replace(/\s+/g, ' ') : '';
  if (/^(?:studio|efficiency)(?: (?:apartment|apt\.?|unit|flat|condo))?$/.test(text)) return understood(0);
  const bare = text.replace(bedroomWords, '');
  const word = words.indexOf(bare);
  if (word > 0) return understood(word);
  const plus =
    /^(\d{1,3})(?: (?:br|bd|beds?|bedrooms?))?\s?(?:\+|plus|&|and)\s?(?:\d{1,2}|(?:an? )?(?:den|office|loft|study|bonus(?: room)?))$/.exec(
      text,
    );
  if (plus !== null) return bedrooms(Number(plus[1]), 'extra-room');
  const range = /^(\d{1,3})\s?(?:\+|(?:-|–|to)\s?\d{1,3})$/.exec(bare);
  if (range !== null) return bedrooms(Number(range[1]), 'room-range');
  return /^\d{1,3}$/.test(bare) ? bedrooms(Number(bare)) : unclear('not-a-number-of-bedrooms');
});

/** Also in German and Spanish, where "Zimmer" or "cuartos" would be rooms of any kind. */
const bedroomWords =
  /\s?(?:br|bd|bdrms?|beds?|bedrooms?|schlafzimmer|dormitorios?|rec[aá]maras?|habitaci(?:[oó]n|ones))\.?$/;

const words = ['', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

const bedrooms = (number: number, warning?: string): Reading<number> =>
  Number.isInteger(number) && number >= 0 && number <= maxRooms
    ? understood(number, warning)
    : unclear('not-a-number-of-bedrooms');

export type Bathrooms = { readonly full: number; readonly half: number };

/**
 * `2.5`, `"2,5"`, `"2½"`, `"2/1"`, `"2 full, 1 half"`, `{ full: 2, half: 1 }`; the three-quarter bath in `2.75` counts
 * as a half bath (`part-bathroom`).
 */
export const readBathrooms = reader(60, (found): Reading<Bathrooms> => {
  if (isDocument(found)) return ofParts(found);
  if (typeof found !== 'string') {
    const number = asNumber(found);
    return number === undefined ? notBathrooms : ofNumber(number);
  }
  const text = found
    .toLowerCase()
    .replace(/\s*(?:baths?|bathrooms?|ba|bad|badezimmer|b[aä]der|ba[nñ]os?)\.?$/, '')
    .replace(/\s*(?:½|(?<=\d) 1\/2)$/, '.5')
    .trim();
  const parts =
    /^(\d{1,3})\s?(?:\/|\+)\s?(\d{1,2})$/.exec(text) ??
    /^(\d{1,3})\s?(?:full|f)(?: baths?)?\s?(?:[,/&+]|and)?\s?(\d{1,2})\s?(?:half|h)$/.exec(text);
  if (parts !== null) return bathrooms(Number(parts[1]), Number(parts[2]));
  const [reading] = numberReadings(text);
  if (reading === undefined) return notBathrooms;
  const { value, warning } = ofNumber(reading.number);
  return value === undefined ? notBathrooms : understood(value, reading.correction ?? warning);
});

const notBathrooms = unclear('not-a-number-of-bathrooms');

const ofParts = (found: Readonly<Record<string, unknown>>): Reading<Bathrooms> => {
  const { full: _, half: __, total: ___, ...others } = found;
  // A three-quarter bath, or whatever else it counts, is not dropped silently.
  if (Object.values(others).some((part) => !isMissing(part) && asNumber(part) !== 0)) return notBathrooms;
  const given = [found.full, found.half];
  if (given.every(isMissing)) return isMissing(found.total) ? notBathrooms : readBathrooms(found.total);
  const [full, half] = given.map((part) => (isMissing(part) ? 0 : asNumber(part)));
  return full === undefined || half === undefined ? notBathrooms : bathrooms(full, half);
};

const ofNumber = (number: number): Reading<Bathrooms> => {
  const full = Math.floor(number);
  const part = number - full;
  const reading = bathrooms(full, part === 0 ? 0 : 1);
  return part === 0 || part === 0.5 || reading.value === undefined ? reading : { ...reading, warning: 'part-bathroom' };
};

const bathrooms = (full: number, half: number): Reading<Bathrooms> =>
  Number.isInteger(full) && Number.isInteger(half) && full >= 0 && half >= 0 && full + half <= maxRooms
    ? understood({ full, half })
    : notBathrooms;
