import { bounded, isDocument, isMissing, overlong } from '../../../reading.ts';
import { dollars, type Measure } from '../quantities/measure.ts';
import { evaluate, type Quantity } from '../quantities/quantity.ts';
import { type End, endOf, endOfQuantity, foreignCurrency, open } from './range-end.ts';
import { endNamed } from './range-names.ts';
import { rangeTokens } from './range-words.ts';

/**
 * What a range says. Exactly one of:
 * - `range`: understood completely. `min` and `max` are inclusive; a missing end is open because the text says so.
 *   There is at least one end. `correction` names the rule if something had to be corrected (see warning-codes.ts).
 * - `noLimit`: it says that there is no limit ("any", "all", "no max", an empty value, an empty form
 *   `{ min: null, max: null }`).
 * - `notUnderstood`: anything else. It must never be treated as "no limit". `why` is a warning code.
 */
export type RangeReading =
  | { readonly kind: 'range'; readonly min?: number; readonly max?: number; readonly correction?: string }
  | { readonly kind: 'noLimit' }
  | { readonly kind: 'notUnderstood'; readonly why: string };

/** What a single number means: a minimum (`3` bedrooms), a maximum (`500k`), or both. */
export type Alone = 'min' | 'max' | 'both';

/**
 * The one reader for ranges: budgets, price ranges, and the criteria of saved searches.
 *
 * Text: `300k-450k`, `300-450k`, `300k+`, `under 500k`, `500k max`, `from 300k to 450k`, `between 300k and 450k`,
 * `>= 300k`, `min 300k, no max`, … Documents: `{ min, max }`, `{ from, to }`, `{ $gte, $lte }`, `{ $eq }`, each end a
 * number or text; lists `[min, max]`; any of these as JSON text. Ends in the wrong order are swapped (`range-swapped`).
 *
 * A range is read completely or not at all: an unknown operator, an unknown word, or an end that is implausible for the
 * measure (a budget up to 450: dollars or thousands?) makes it `notUnderstood`. A lower end of 0 or 1 dollar and an
 * upper end beyond anything plausible (9999999999) are no limit, nor is an upper end of 0 next to a lower end
 * (`zero-as-no-maximum`).
 *
 * @param measure what the numbers count: `dollars`, `rooms` or `livingSquareFeet` (results are in the same units)
 * @param alone what a single number means
 */
export const readRange = (found: unknown, measure: Measure, alone: Alone): RangeReading => {
  const plain = bounded(found, maxLength);
  if (plain === overlong) return { kind: 'notUnderstood', why: 'too-long' };
  return rangeOf(typeof plain === 'string' ? fromJson(plain) : plain, measure, alone);
};

/** Prices in US dollars; a single number is a maximum. */
export const readPriceRange = (found: unknown): RangeReading => readRange(found, dollars, 'max');

const maxLength = 200;

const noLimit: RangeReading = { kind: 'noLimit' };
const notUnderstood = (why = 'range-unclear'): RangeReading => ({ kind: 'notUnderstood', why });

const fromJson = (text: string): unknown => {
  if (!/^[{[]/.test(text)) return text;
  try {
    return bounded(JSON.parse(text), maxLength);
  } catch {
    return text;
  }
};

const rangeOf = (found: unknown, measure: Measure, alone: Alone): RangeReading => {
  if (isMissing(found)) return noLimit;
  if (typeof found === 'number' || typeof found === 'bigint') return ofNumber(Number(found), measure, alone);
  if (typeof found === 'string') return ofText(found, measure, alone);
  if (Array.isArray(found)) {
    if (found.length === 0) return noLimit;
    if (found.length === 1 && !Array.isArray(found[0])) return rangeOf(found[0], measure, alone);
    return found.length === 2 ? ofEnds(found[0], found[1], measure) : notUnderstood();
  }
  return isDocument(found) ? ofDocument(found, measure) : notUnderstood();
};

const ofNumber = (number: number, measure: Measure, alone: Alone): RangeReading => {
  if (alone === 'min') return ofEnds(number, undefined, measure);
  return alone === 'max' ? ofEnds(undefined, number, measure) : ofEnds(number, number, measure);
};

const ofEnds = (low: unknown, high: unknown, measure: Measure): RangeReading => {
  const min = endOf(low, measure, 'min');
  // Forms write 0 for an upper end that was left open. Without a lower end, a 0 cannot be trusted to mean that.
  const zeroMax = isZero(high) && 'number' in min && min.number !== undefined && min.number > 0;
  return between(min, zeroMax ? { correction: 'zero-as-no-maximum' } : endOf(high, measure, 'max'));
};

const isZero = (found: unknown) => (typeof found === 'number' ? found === 0 : found === '0');

const between = (min: End, max: End): RangeReading => {
  if ('why' in min) return notUnderstood(min.why);
  if ('why' in max) return notUnderstood(max.why);
  if (min.number === undefined && max.number === undefined) return noLimit;
  const swapped = min.number !== undefined && max.number !== undefined && min.number > max.number;
  const [low, high] = swapped ? [max, min] : [min, max];
  const correction = swapped ? 'range-swapped' : (min.correction ?? max.correction);
  return {
    kind: 'range',
    ...(low.number === undefined ? {} : { min: low.number }),
    ...(high.number === undefined ? {} : { max: high.number }),
    ...(correction === undefined ? {} : { correction }),
  };
};

const ofDocument = (found: Readonly<Record<string, unknown>>, measure: Measure): RangeReading => {
  const ends: { min?: unknown; max?: unknown } = {};
  for (const [key, value] of Object.entries(found)) {
    if (isMissing(value)) continue;
    const name = endNamed(key);
    if (name === undefined) return notUnderstood();
    if (name === 'currency') {
      const foreign = foreignCurrency(value);
      if (foreign !== undefined) return notUnderstood(foreign);
      continue;
    }
    for (const end of name === 'both' ? (['min', 'max'] as const) : [name]) {
      if (end in ends) return notUnderstood();
      ends[end] = value;
    }
  }
  return ofEnds(ends.min, ends.max, measure);
};

type Shape = { readonly kinds: RegExp; readonly low?: number; readonly high?: number };

/** Every way to write a range, as tokens of range-words.ts, and which of the amounts are its ends. */
const shapes: readonly Shape[] = [
  { kinds: /^(?:[LFU]AP?|A[PU]|AP?[DC]?X|[LFU]AP?[DC]?X|FA[DC]?N|ADN|[LU]A[DC]N|NLA|UA[DC]?VN)$/, low: 0 },
  { kinds: /^(?:[HV]A[SV]?|A[SV]|MD?C?[HV]?A[SV]?|N[DH]V?A|UN[DC]?VA|FNDA)$/, high: 0 },
  {
    kinds: /^(?:F?ADAV?|FADHA|BA[CD]A|[FLU]A[DC]?[HV]A|[LU]ADA|A[UP][DC]?(?:A[VS]|[HV]A)|FAHA|AD[HV]A)$/,
    low: 0,
    high: 1,
  },
  { kinds: /^(?:[HV]A[DC]?[LU]A|A[VS][DC]?A[UP])$/, low: 1, high: 0 },
  { kinds: /^EA$/, low: 0, high: 0 },
];

const ofText = (text: string, measure: Measure, alone: Alone): RangeReading => {
  const tokens = rangeTokens(text, measure);
  if (tokens === undefined) return notUnderstood();
  const { kinds, amounts } = tokens;
  if (/^(?:N|X|M|MC?X|XC?M|[UV]N|UN[DC]?VN)$/.test(kinds)) return noLimit;
  if (kinds === 'A') {
    const only = amounts[0]!;
    if (alone === 'min') return between(endOfQuantity(only, measure, 'min'), open);
    const max = endOfQuantity(only, measure, 'max');
    return alone === 'max' ? between(open, max) : between(max, max);
  }
  const shape = shapes.find((candidate) => candidate.kinds.test(kinds));
  if (shape === undefined) return notUnderstood();
  const shared = withSharedUnit(amounts, measure);
  return between(
    shape.low === undefined ? open : endOfQuantity(shared[shape.low]!, measure, 'min'),
    shape.high === undefined ? open : endOfQuantity(shared[shape.high]!, measure, 'max'),
  );
};

/** "300-450k": the unit of the second amount applies to the first as well, unless that would reverse the range. */
const withSharedUnit = (amounts: readonly Quantity[], measure: Measure): readonly Quantity[] => {
  const [first, second] = amounts;
  if (first === undefined || second?.factor === undefined || first.factor !== undefined) return amounts;
  const shared = { ...first, factor: second.factor };
  const [low, high] = [evaluate(shared, measure), evaluate(second, measure)];
  return 'number' in low && 'number' in high && low.number <= high.number ? [shared, second] : amounts;
};
