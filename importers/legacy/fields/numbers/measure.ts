import { currencyOf, currencyPattern } from './currency.ts';
import { digitsPattern, numberReadings } from './written-number.ts';

/** What a number counts: the units it may be written in, and between which values it is plausible. */
export type Measure = {
  /** Factors by the spelling of the unit, small and without blanks and dots. Without a unit: 1. */
  readonly units: Readonly<Record<string, number>>;
  /** Words that are a number of their own. */
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

/** Prices of homes in US dollars. Less than $1,000 or more than a billion is no home's price, but a slip or a placeholder. */
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

/** Factors to square feet by the spelling of the unit. */
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

/** Rooms: of them, people also count halves and quarters (bathrooms). */
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

/** A quantity as written: its digits or word, and its unit, if any. Which number it is depends on the unit: see `evaluate`. */
export type Quantity = {
  readonly digits: string;
  readonly factor?: number;
  /** It was a word: "studio". */
  readonly word?: true;
  /** Only when it is not US dollars: an ISO code, or `unknown`. */
  readonly otherCurrency?: string;
};

/** A quantity that stands at a place of a text, and where it ends; `undefined` when there is none. */
export const quantityAt = (
  text: string,
  at: number,
  measure: Measure,
): { readonly quantity: Quantity; readonly end: number } | undefined => {
  const word = measure.words && /^[a-z]+/i.exec(text.slice(at))?.[0].toLowerCase();
  if (word && Object.hasOwn(measure.words!, word)) {
    return { quantity: { digits: String(measure.words![word]), word: true }, end: at + word.length };
  }
  const before = measure.currency ? match(leadingCurrency, text, at) : undefined;
  const currencies = before === undefined ? [] : [leading(before[1]!)];
  if (currencies.includes(undefined)) return undefined;
  let end = at + (before?.[0].length ?? 0);
  const digits = match(digitsOnly, text, end)?.[0];
  if (digits === undefined) return undefined;
  end += digits.length;
  // Swiss and German prices end in ".-" or ",–".
  if (measure.currency) end += match(roundSum, text, end)?.[0].length ?? 0;
  const unit = unitAt(text, end, measure);
  if (unit !== undefined) end = unit.end;
  const after = measure.currency ? match(trailingCurrency, text, end) : undefined;
  const named = after === undefined ? undefined : currencyOf(after[1]!);
  if (named !== undefined) {
    currencies.push(named);
    end += after![0].length;
  }
  const otherCurrency = currencies.find((currency) => currency !== 'USD');
  return {
    quantity: {
      digits,
      ...(unit === undefined ? {} : { factor: unit.factor }),
      ...(otherCurrency === undefined ? {} : { otherCurrency }),
    },
    end,
  };
};

/** A word is a currency or is not; a sign before a number is one, even if nobody knows which. */
const leading = (written: string) => currencyOf(written) ?? (/\p{Sc}/u.test(written) ? 'unknown' : undefined);

const leadingCurrency = new RegExp(String.raw`(${currencyPattern})\s?`, 'iuy');
const trailingCurrency = new RegExp(String.raw`\s?(${currencyPattern})(?![\p{L}\d])`, 'iyu');
const digitsOnly = new RegExp(digitsPattern, 'y');
const roundSum = /[.,]\s?[-–—]+(?!\s*[\d$])/y;
const unitWord = /\s?((?:sq(?:uare)?\.?\s?)?[a-z□]+\.?(?:\^?[2²])?)(?![\p{L}\d])/iuy;

const unitAt = (text: string, at: number, { units }: Measure) => {
  const found = match(unitWord, text, at);
  const spelled = found?.[1]?.toLowerCase().replace(/[\s.]/g, '') ?? '';
  return Object.hasOwn(units, spelled) ? { factor: units[spelled]!, end: at + found![0].length } : undefined;
};

const match = (sticky: RegExp, text: string, at: number) => {
  sticky.lastIndex = at;
  return sticky.exec(text) ?? undefined;
};

/** What a quantity comes to; `problem` says why there is no plausible number. */
export type Value =
  | { readonly number: number; readonly correction?: string }
  | { readonly problem: 'not-a-number' | 'not-positive' | 'too-low' | 'too-high' | `currency-${string}` };

/** The number that a quantity means: the American reading, or the only other one that is plausible. */
export const evaluate = ({ digits, factor, otherCurrency }: Quantity, measure: Measure): Value => {
  if (otherCurrency !== undefined) return { problem: `currency-${otherCurrency.toLowerCase()}` };
  const readings = numberReadings(digits).filter(
    // Three digits after a separator are no cents.
    ({ decimals }) => factor !== undefined || decimals <= measure.decimals,
  );
  const values = readings.map((reading) => ({ ...reading, number: rounded(reading.number * (factor ?? 1)) }));
  const found = values.find(({ number }) => number >= measure.min && number <= measure.max);
  if (found !== undefined) {
    return { number: found.number, ...(found.correction === undefined ? {} : { correction: found.correction }) };
  }
  const [first] = values;
  // A reading that had to be put right and is implausible all the same was no reading.
  const known = first !== undefined && first.correction === undefined;
  return { problem: known ? implausible(first.number, measure) : 'not-a-number' };
};

/** Why a number is implausible for a measure; for a number that is not. */
export const implausible = (number: number, { min, max }: Measure): 'not-positive' | 'too-low' | 'too-high' =>
  number <= 0 && min > 0 ? 'not-positive' : number < min ? 'too-low' : number > max ? 'too-high' : 'too-low';

export const isPlausible = (number: number, { min, max }: Measure): boolean => number >= min && number <= max;

export const rounded = (number: number): number => Math.round(number * 100) / 100;
