/** What a number counts: the units it may be written in, and its plausible range. */
export type Measure = {
  /** Factors by the unit's spelling, in lower case without spaces or dots. Without a unit: 1. */
  readonly units: Readonly<Record<string, number>>;
  /** Words that stand for a number. */
  readonly words?: Readonly<Record<string, number>>;
  readonly currency: boolean;
  readonly min: number;
  readonly max: number;
  /** How many decimals make sense without a unit. */
  readonly decimals: number;
};

const thousand = { k: 1_000, thousand: 1_000, grand: 1_000 };
const million = { m: 1e6, mm: 1e6, mil: 1e6, mio: 1e6, mill: 1e6, million: 1e6, millions: 1e6 };
const billion = { b: 1e9, bn: 1e9, billion: 1e9 };

/** Prices of homes in US dollars. Less than $1,000 or more than a billion is a slip or a placeholder. */
export const dollars: Measure = {
  units: { ...thousand, ...million, ...billion },
  currency: true,
  min: 1_000,
  max: 1_000_000_000,
  decimals: 2,
};

const squareFeetInAcre = 43_560;
const squareFeetInSquareMetre = 10.7639;
const squareFeetInHectare = 107_639;

/** Factors to square feet, by the unit's spelling. */
export const areaUnits: Readonly<Record<string, number>> = {
  ...keyed(
    1,
    'sqft',
    'sqfeet',
    'sqfoot',
    'sqf',
    'sf',
    'squarefeet',
    'squarefoot',
    'squareft',
    'ft2',
    'ft²',
    'feet',
    'ft',
    'feet2',
    '□',
  ),
  ...keyed(squareFeetInAcre, 'ac', 'acre', 'acres', 'acr'),
  ...keyed(
    squareFeetInSquareMetre,
    'm2',
    'm²',
    'sqm',
    'sqmt',
    'sqmts',
    'sqmtr',
    'sqmeter',
    'sqmeters',
    'sqmetre',
    'sqmetres',
    'mt2',
    'mts2',
  ),
  ...keyed(
    squareFeetInSquareMetre,
    'squaremeter',
    'squaremeters',
    'squaremetre',
    'squaremetres',
    'squarem',
    'qm',
    'm^2',
  ),
  ...keyed(squareFeetInHectare, 'ha', 'hectare', 'hectares'),
  ...keyed(9, 'sqyd', 'sqyds', 'squareyard', 'squareyards', 'yd2', 'yd²'),
};

function keyed(factor: number, ...spellings: string[]): Record<string, number> {
  return Object.fromEntries(spellings.map((spelling) => [spelling, factor]));
}

/** Living areas in square feet: from a closet in Manhattan to the largest house there is (Biltmore, 178,926). */
export const livingSquareFeet: Measure = { units: areaUnits, currency: false, min: 50, max: 250_000, decimals: 2 };

/** Rooms; bathrooms are also counted in halves and quarters. */
export const rooms: Measure = {
  units: keyed(
    1,
    'br',
    'bd',
    'bdr',
    'bdrm',
    'bdrms',
    'bed',
    'beds',
    'bedroom',
    'bedrooms',
    'ba',
    'bath',
    'baths',
    'bathroom',
    'bathrooms',
    'rooms',
  ),
  words: { studio: 0, studios: 0, efficiency: 0, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6 },
  currency: false,
  min: 0,
  max: 50,
  decimals: 2,
};

/** Why an implausible number is implausible for a measure. */
export const implausible = (number: number, { min, max }: Measure): 'not-positive' | 'too-low' | 'too-high' =>
  number <= 0 && min > 0 ? 'not-positive' : number < min ? 'too-low' : number > max ? 'too-high' : 'too-low';

export const isPlausible = (number: number, { min, max }: Measure): boolean => number >= min && number <= max;

export const rounded = (number: number): number => Math.round(number * 100) / 100;
