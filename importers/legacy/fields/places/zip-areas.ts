import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The centre of a ZIP code's area, in degrees, and its town. */
export type ZipArea = {
  readonly latitude: number;
  readonly longitude: number;
  readonly city: string;
  readonly state: string;
};

/** Where a five-digit ZIP code is; `undefined` if it is not in use. */
export const zipArea = (zip: string): ZipArea | undefined => {
  table ??= load();
  const at = /^\d{5}$/.test(zip) ? Number(zip) : -1;
  const [latitude, longitude, city] = [
    table.middles[at * 2],
    table.middles[at * 2 + 1],
    table.towns[table.townOf[at]!],
  ];
  return latitude === undefined || longitude === undefined || city === undefined || Number.isNaN(latitude)
    ? undefined
    : { latitude, longitude, city: city.slice(0, -3), state: city.slice(-2) };
};

/** Whether a town with this name has a ZIP code in the state (two letters), or in any state if none is given. */
export const isTown = (name: string, state?: string): boolean => {
  table ??= load();
  const states = table.statesOf.get(townSpelling(name));
  return states !== undefined && (state === undefined || states.includes(state));
};

/** The same spelling for "Port St. Lucie" and "PORT SAINT LUCIE". */
export const townSpelling = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[.'’]/g, '')
    .replace(/[\s-]+/g, ' ')
    .replace(/\b(?:saint|st)\b/g, 'st')
    .replace(/\b(?:fort|ft)\b/g, 'ft')
    .replace(/\b(?:mount|mt)\b/g, 'mt')
    .trim();

type Table = {
  readonly middles: Float32Array;
  /** "Boca Raton FL", each once. */
  readonly towns: readonly string[];
  readonly townOf: Uint16Array;
  readonly statesOf: ReadonlyMap<string, string>;
};

const codes = 100_000;
let table: Table | undefined;

/**
 * The package keeps its table as a program of 5 MB, and 42,000 objects: compiling it takes 75 MB, and every garbage collection
 * would have to walk what it leaves. So we read the program's text, and keep arrays of numbers and a list of towns.
 */
const load = (): Table => {
  const file = createRequire(import.meta.url).resolve('zipcodes/lib/codes.js');
  const middles = new Float32Array(codes * 2).fill(Number.NaN);
  const townOf = new Uint16Array(codes);
  const towns = new Map<string, number>();
  const statesOf = new Map<string, string>();
  for (const [, zip, latitude, longitude, city, state] of readFileSync(file, 'utf8').matchAll(entry)) {
    middles.set([Number(latitude), Number(longitude)], Number(zip) * 2);
    const town = `${city} ${state}`;
    const index = towns.get(town) ?? towns.size;
    towns.set(town, index);
    townOf[Number(zip)] = index;
    const name = townSpelling(city!);
    const states = statesOf.get(name) ?? '';
    if (!states.includes(state!)) statesOf.set(name, `${states}${states === '' ? '' : ' '}${state}`);
  }
  return { middles, towns: [...towns.keys()], townOf, statesOf };
};

/** An entry of the package's table; tests compare what we read with the package's own answers. */
const entry = /"zip":"(\d{5})","latitude":([-\d.]+),"longitude":([-\d.]+),"city":"([^"\\]*)","state":"([A-Z]{2})"/g;
