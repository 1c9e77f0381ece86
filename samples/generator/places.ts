import zipcodes from 'zipcodes';
import { type Random, random } from './random.ts';

export type Town = {
  city: string;
  state: string;
  zips: readonly string[];
  /** The median price of a single-family house there, in dollars. */
  median: number;
  /** The share of the brokerage's business there. */
  weight: number;
};

/** The towns in which this South Florida brokerage works. */
export const homeTowns: readonly Town[] = [
  {
    city: 'Boca Raton',
    state: 'FL',
    zips: '33428 33431 33432 33433 33434 33486 33487 33496 33498'.split(' '),
    median: 780_000,
    weight: 22,
  },
  { city: 'Delray Beach', state: 'FL', zips: '33444 33445 33446 33483 33484'.split(' '), median: 620_000, weight: 14 },
  {
    city: 'Boynton Beach',
    state: 'FL',
    zips: '33426 33435 33436 33437 33472 33473'.split(' '),
    median: 495_000,
    weight: 13,
  },
  {
    city: 'West Palm Beach',
    state: 'FL',
    zips: '33401 33405 33407 33409 33411 33417'.split(' '),
    median: 450_000,
    weight: 9,
  },
  { city: 'Lake Worth', state: 'FL', zips: '33460 33461 33463 33467'.split(' '), median: 420_000, weight: 7 },
  { city: 'Wellington', state: 'FL', zips: ['33414'], median: 640_000, weight: 5 },
  { city: 'Jupiter', state: 'FL', zips: '33458 33477 33478'.split(' '), median: 690_000, weight: 6 },
  { city: 'Palm Beach Gardens', state: 'FL', zips: '33410 33418'.split(' '), median: 710_000, weight: 5 },
  { city: 'Deerfield Beach', state: 'FL', zips: '33441 33442'.split(' '), median: 410_000, weight: 5 },
  { city: 'Pompano Beach', state: 'FL', zips: '33060 33062 33064'.split(' '), median: 430_000, weight: 4 },
  { city: 'Coral Springs', state: 'FL', zips: '33065 33071'.split(' '), median: 560_000, weight: 4 },
  { city: 'Parkland', state: 'FL', zips: '33067 33076'.split(' '), median: 920_000, weight: 3 },
  {
    city: 'Fort Lauderdale',
    state: 'FL',
    zips: '33301 33304 33308 33312 33316'.split(' '),
    median: 650_000,
    weight: 6,
  },
];

/** Summer homes of the same clients: the only ZIP codes here with a leading zero, which manual imports lose. */
export const summerTowns: readonly Town[] = [
  { city: 'Great Barrington', state: 'MA', zips: ['01230'], median: 560_000, weight: 1 },
  { city: 'Newport', state: 'RI', zips: ['02840'], median: 890_000, weight: 1 },
  { city: 'Mystic', state: 'CT', zips: ['06355'], median: 610_000, weight: 1 },
  { city: 'Short Hills', state: 'NJ', zips: ['07078'], median: 1_650_000, weight: 1 },
];

const weighted = (towns: readonly Town[]) => towns.map((town) => [town, town.weight] as const);
const homeWeights = weighted(homeTowns);

/** One of the brokerage's towns, by its share of the business. */
export const someTown = (r: Random): Town => r.weighted(homeWeights);

export type Place = {
  street: string;
  unit?: string;
  city: string;
  state: string;
  zip: string;
  latitude: number;
  longitude: number;
};

const streets = (
  'Main St|Palmetto Park Rd|Ocean Blvd|Atlantic Ave|Banyan Blvd|Hibiscus Ln|Coconut Palm Ct|Sabal Palm Way|Royal Poinciana Dr|' +
  'Mizner Blvd|Camino Real|Military Trl|Jog Rd|Linton Blvd|Seagrape Ter|Gumbo Limbo Ln|Pelican Pointe Dr|Heron Bay Blvd|' +
  'Osprey Landing Way|Key Largo Ct|Lake Ida Rd|Swinton Ave|Federal Hwy|Congress Ave|Old Boynton Rd|Lantana Rd|Forest Hill Blvd|' +
  "Via de Sonrisa|Calle Grande|St Andrews Blvd|O'Keefe Way|Cypress Isles Ct|Mangrove Cay Ln|Clint Moore Rd|Yamato Rd"
).split('|');
const sides = ['', '', '', 'N ', 'S ', 'E ', 'W ', 'NE ', 'NW ', 'SE ', 'SW '];

/** An address in `town` with plausible coordinates: within about a mile of its ZIP code's centre. */
export function placeIn(town: Town, withUnit: boolean, r: Random): Place {
  const zip = r.pick(town.zips);
  const [latitude, longitude] = centreOf(zip);
  const street = `${r.int(1, 199) * r.pick([1, 10, 50])} ${r.pick(sides)}${r.pick(streets)}`;
  return {
    street,
    ...(withUnit
      ? {
          unit: r.pick([
            `${r.int(1, 28)}0${r.int(1, 9)}`,
            `${r.int(1, 40)}`,
            `PH${r.int(1, 6)}`,
            `${r.int(1, 12)}${r.pick(['A', 'B', 'C'])}`,
          ]),
        }
      : {}),
    city: town.city,
    state: town.state,
    zip,
    latitude: round6(latitude + (r.next() - 0.5) * 0.024),
    // The sea is in the east, so there is less room on that side.
    longitude: round6(longitude - 0.012 + r.next() * 0.018),
  };
}

/** Latitude and longitude of a ZIP code's centre. */
function centreOf(zip: string): [latitude: number, longitude: number] {
  const found = zipcodes.lookup(zip);
  if (!found)
    throw new Error(`the zipcodes package does not have ZIP code ${zip}: correct samples/generator/places.ts`);
  return [found.latitude, found.longitude];
}

/** A rough pentagon around a ZIP code, as drawn on a map: [[lng, lat], …], closed. */
export function polygonAround(zip: string, ...key: (string | number)[]): [number, number][] {
  const r = random(...key, 'polygon');
  const [latitude, longitude] = centreOf(zip);
  const corners = [
    [-1, -1],
    [1, -1],
    [1.2, 0.1],
    [0.9, 1],
    [-1.1, 0.9],
  ].map(([x, y]): [number, number] => [
    round6(longitude + x! * (0.018 + r.next() * 0.012)),
    round6(latitude + y! * (0.018 + r.next() * 0.012)),
  ]);
  return [...corners, corners[0]!];
}

export const round6 = (degrees: number) => Math.round(degrees * 1e6) / 1e6;
