import { asList, asNumber, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';
import { readLine } from '../words/text.ts';
import { readPostalCode } from './postal-code.ts';
import { stateCode } from './state.ts';
import { isTown } from './zip-areas.ts';

/** Towns and ZIP codes (five digits). */
export type Areas = { readonly cities: string[]; readonly postalCodes: string[] };

/**
 * `["Boca Raton", "33432"]`, `"Boca Raton, Delray"`, `"Boca Raton / 33432"`, `"Boca Raton FL 33432"`. A state among the
 * towns is ignored; "any" or "all" alone is no limit.
 */
export const readAreas = reader(20_000, (found): Reading<Areas> => {
  const parts = asNumber(found) === undefined ? asList(found) : [found];
  if (parts === undefined) return unclear('not-a-list-of-areas');
  if (parts.length === 1 && /^(?:any(?:where)?|all(?: areas)?)$/i.test(String(parts[0]))) return nothing;
  const cities = new Map<string, string>();
  const postalCodes = new Set<string>();
  let warning: string | undefined;
  for (const part of parts.flatMap(alternatives)) {
    const line = readLine(part);
    const { town, zip } = typeof part === 'string' && part.length <= 100 ? withoutRegion(part) : { town: line.value };
    const code = zip ?? readPostalCode(part).value;
    if (code !== undefined) postalCodes.add(code.slice(0, 5));
    if (town === undefined || (code !== undefined && zip === undefined)) {
      if (code === undefined && town === undefined && zip === undefined) warning ??= line.warning;
    } else if (/^\d+$/.test(town)) warning ??= 'not-an-area';
    else if (town !== '' && !(town.length <= 2 && stateCode(town) !== undefined)) {
      const city = townName(town);
      cities.set(city.toLowerCase(), cities.get(city.toLowerCase()) ?? city);
    }
  }
  return understood({ cities: [...cities.values()], postalCodes: [...postalCodes] }, warning);
});

/** "Boca Raton / Delray Beach", "Boca Raton and 33432". */
const alternatives = (part: unknown): readonly unknown[] =>
  typeof part === 'string' && part.length <= 300
    ? part.split(/\s?[/|&]\s?|\s(?:and|or)\s/i).filter((one) => one.trim() !== '')
    : [part];

/** "Boca Raton FL 33432" is a town and a ZIP code; "Boca Raton, FL" a town. */
const withoutRegion = (found: string): { readonly town: string; readonly zip?: string } => {
  const text = found.trim().replace(/\s+/g, ' ');
  const zip = /^(.*?)\s?\b(\d{5})(?:-\d{4})?$/.exec(text);
  const town = zip === null ? text : zip[1]!;
  const state = /^(.+)\s([a-z]{2}|florida)\.?$/i.exec(town);
  const named = state !== null && stateCode(state[2]!) !== undefined && isTown(state[1]!) ? state[1]! : town;
  return zip === null ? { town: named } : { town: named, zip: zip[2]! };
};

/** "BOCA RATON" and "boca raton" are Boca Raton. */
export const townName = (text: string): string =>
  text === text.toUpperCase() || text === text.toLowerCase()
    ? text.toLowerCase().replace(/(?<![\p{L}’'])\p{L}/gu, (letter) => letter.toUpperCase())
    : text;
