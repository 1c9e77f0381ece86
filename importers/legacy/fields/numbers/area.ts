import { isDocument, isMissing, type Reading, reader, spelling, unclear, understood } from '../../reading.ts';
import { withoutAbout } from './quantities/about.ts';
import { areaUnits, implausible, isPlausible, livingSquareFeet, type Measure, rounded } from './quantities/measure.ts';
import { evaluate } from './quantities/quantity.ts';
import { readRange } from './ranges/range.ts';
import { rangeTokens } from './ranges/range-words.ts';

/** Lots in square feet: from a townhouse's strip of garden to a ranch of 100,000 acres. */
const lotSquareFeet: Measure = { ...livingSquareFeet, min: 100, max: 4_356_000_000 };

/**
 * No lot has only 50 square feet, and few have more than 50 acres: this tells the two units apart when none is given.
 */
const acresUpTo = 50;
/** Between these two limits, a number without a unit could be either unit. */
const squareFeetFrom = 1_000;

/**
 * `1850`, `"1,850"`, `"1850 sqft"`, `"120 m²"`, `{ value, unit }` in square feet; the lower end of `"1850-1900"`
 * (`area-range`). `"1.800"` is 1,800, since no home has 1.8 square feet (`thousands-separator-dot`).
 */
export const readLivingArea = reader(200, (found): Reading<number> => areaOf(found, undefined, livingSquareFeet));

/**
 * `0.25` with `"acres"`, `10890` with `"sqft"`, `"0.25 ac"`, `"1/4 acre"`, `"80 x 120 ft"`, in square feet. A missing
 * unit is guessed from the size (`unit-guessed`).
 *
 * @param unit the neighbouring field that names the unit if the number has none
 */
export const readLotSize = reader(200, (found, unit?: unknown): Reading<number> => {
  const named = isMissing(unit) ? undefined : (unitFactor(unit) ?? Number.NaN);
  return areaOf(typeof found === 'string' ? withDecimals(found) : found, named, lotSquareFeet, guessed);
});

type Guess = (size: number) => number | undefined;
const guessed: Guess = (size) => (size <= acresUpTo ? areaUnits.acres : size >= squareFeetFrom ? 1 : undefined);

const unitFactor = (found: unknown): number | undefined => {
  const unit = typeof found === 'string' && found.length < 40 ? found.replace('²', '2') : '';
  const name = spelling(unit);
  return Object.hasOwn(areaUnits, name) ? areaUnits[name] : undefined;
};

/** Whether this names a unit of area: `acres`, `m²`. */
export const isAreaUnit = (found: string): boolean => unitFactor(found) !== undefined;

/** @param factor of the unit in the neighbouring field, for a number without one; NaN for an unknown unit */
const areaOf = (found: unknown, factor: number | undefined, measure: Measure, guess?: Guess): Reading<number> => {
  if (typeof found === 'number' || typeof found === 'bigint') return ofNumber(Number(found), factor, measure, guess);
  if (isDocument(found)) {
    const { value, size, area, unit, units, ...others } = found;
    const sizes = [value, size, area].filter((part) => !isMissing(part));
    const known = sizes.length === 1 && !isDocument(sizes[0]) && Object.values(others).every(isMissing);
    const named = unit ?? units;
    return known
      ? areaOf(sizes[0], isMissing(named) ? factor : (unitFactor(named) ?? Number.NaN), measure, guess)
      : notAnArea;
  }
  return typeof found === 'string' ? ofText(found, factor, measure, guess) : notAnArea;
};

const notAnArea = unclear('not-an-area');

const ofNumber = (size: number, factor: number | undefined, measure: Measure, guess?: Guess): Reading<number> => {
  if (!Number.isFinite(size)) return notAnArea;
  if (size <= 0) return unclear('area-not-positive');
  if (Number.isNaN(factor)) return unclear('unit-unknown');
  const known = factor ?? (guess === undefined ? 1 : guess(size));
  if (known === undefined) return unclear('unit-missing');
  const value = rounded(size * known);
  if (!isPlausible(value, measure)) return unclear(`area-${implausible(value, measure)}`);
  return understood(value, factor === undefined && guess !== undefined ? 'unit-guessed' : undefined);
};

const ofText = (found: string, factor: number | undefined, measure: Measure, guess?: Guess): Reading<number> => {
  const { text, about } = withoutAbout(found);
  const sides = /^(\d{1,4}(?:\.\d{1,2})?)\s?(?:ft|feet|')?\s?[x×*]\s?(\d{1,4}(?:\.\d{1,2})?)\s?(?:ft|feet|')?$/i.exec(
    text,
  );
  if (sides !== null && guess !== undefined) {
    const value = rounded(Number(sides[1]) * Number(sides[2]));
    return isPlausible(value, measure) ? understood(value, 'area-of-sides') : notAnArea;
  }
  const twice = /^([^(/|]+?)\s?(?:[(/|]|\s=\s)\s?([^()/|]+?)\s?\)?$/.exec(text);
  if (twice !== null) return ofTwo(areaOf(twice[1], undefined, measure), areaOf(twice[2], undefined, measure));
  const tokens = rangeTokens(text, measure);
  if (tokens === undefined) return unclear(/^[\d.,]+\s*[a-z]/i.test(text) ? 'unit-unknown' : 'not-an-area');
  const [first] = tokens.amounts;
  if (tokens.kinds === 'A' && first !== undefined) {
    const plain = /^\d+(?:\.\d+)?$/.test(first.digits) ? Number(first.digits) : undefined;
    const own = first.factor ?? factor;
    if (own === undefined && guess !== undefined && plain !== undefined)
      return ofNumber(plain, undefined, measure, guess);
    if (Number.isNaN(own)) return unclear('unit-unknown');
    const value = evaluate(own === undefined ? first : { ...first, factor: own }, measure);
    if ('number' in value) {
      const assumed = own === undefined && guess !== undefined ? 'unit-guessed' : undefined;
      return understood(value.number, value.correction ?? assumed ?? about);
    }
    return unclear(value.problem === 'not-a-number' ? 'not-an-area' : `area-${value.problem}`);
  }
  const range = readRange(text, measure, 'min');
  return range.kind === 'range' && range.min !== undefined ? understood(range.min, 'area-range') : notAnArea;
};

/** "0.25 acres (10,890 sqft)": one area in two units, which must agree. */
const ofTwo = (one: Reading<number>, other: Reading<number>): Reading<number> => {
  if (one.value === undefined || other.value === undefined) return notAnArea;
  return Math.abs(one.value - other.value) <= 0.05 * Math.max(one.value, other.value) ? one : unclear('areas-differ');
};

const fractions: Readonly<Record<string, string>> = {
  '½': '1/2',
  '¼': '1/4',
  '¾': '3/4',
  '⅓': '1/3',
  '⅔': '2/3',
  '⅛': '1/8',
};

/** Turns "1/4 acre", "1 ½ acres", "half an acre" into a decimal number. */
const withDecimals = (text: string): string =>
  text
    .replace(/^half\s(?:an?\s)?(?=ac)/i, '0.5 ')
    .replace(/[½¼¾⅓⅔⅛]/g, (char) => ` ${fractions[char]}`)
    .trim()
    .replace(/^(?:(\d{1,3})\s)?([1-9])\/([2-9])(?=\s?(?:an?\s|of\s)?[a-z])/i, (_, whole = '0', top, bottom) =>
      String(Math.round((Number(whole) + Number(top) / Number(bottom)) * 10_000) / 10_000),
    )
    .replace(/^(\d+\.\d+)\s?(?:of\s)?an?\s/i, '$1 ');
