import { asList, asNumber, type Reading, unclear, understood } from '../reading.ts';
import { readPostalCode } from './postal-code.ts';
import { readState } from './state.ts';
import { readLine } from './text.ts';

/** Where: towns and ZIP codes (five digits). */
export type Areas = { readonly cities: string[]; readonly postalCodes: string[] };

/** `["Boca Raton", "33432"]`, `"Boca Raton, Delray"`; a state that stands among the towns says nothing. */
export const readAreas = (found: unknown): Reading<Areas> => {
  const parts = asNumber(found) === undefined ? asList(found) : [found];
  if (parts === undefined) return unclear('not-a-list-of-areas');
  const cities = new Map<string, string>();
  const postalCodes = new Set<string>();
  let warning: string | undefined;
  for (const part of parts) {
    const zip = readPostalCode(part).value;
    const line = readLine(part);
    if (zip !== undefined) postalCodes.add(zip.slice(0, 5));
    else if (line.value === undefined || /^\d+$/.test(line.value)) {
      warning ??= line.value === undefined ? line.warning : 'not-an-area';
    } else if (readState(line.value).value === undefined || line.value.length > 2) {
      const city = townName(line.value);
      cities.set(city.toLowerCase(), cities.get(city.toLowerCase()) ?? city);
    }
  }
  return understood({ cities: [...cities.values()], postalCodes: [...postalCodes] }, warning);
};

/** "BOCA RATON" and "boca raton" are Boca Raton. */
export const townName = (text: string): string =>
  text === text.toUpperCase() || text === text.toLowerCase()
    ? text.toLowerCase().replace(/(?<![\p{L}’'])\p{L}/gu, (letter) => letter.toUpperCase())
    : text;
