import { currencyOf, currencyPattern } from './currency.ts';
import { implausible, type Measure, rounded } from './measure.ts';
import { digitsPattern, numberReadings } from './written-number.ts';

/**
 * A quantity as written: its digits or word, and its unit, if any. The number it stands for depends on the unit: see
 * `evaluate`.
 */
export type Quantity = {
  readonly digits: string;
  readonly factor?: number;
  /** It was written as a word: "studio". */
  readonly word?: true;
  /** Set only for a currency other than US dollars: an ISO code, or `unknown`. */
  readonly otherCurrency?: string;
};

/** The quantity at a position in a text, and where it ends; `undefined` if there is none. */
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

/** A word either is a currency or is not; a sign before a number always is, even an unknown one. */
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

/** The number a quantity stands for; `problem` says why there is no plausible one. */
export type Value =
  | { readonly number: number; readonly correction?: string }
  | { readonly problem: 'not-a-number' | 'not-positive' | 'too-low' | 'too-high' | `currency-${string}` };

/** The number that a quantity means: the American reading, or another reading if only that one is plausible. */
export const evaluate = ({ digits, factor, otherCurrency }: Quantity, measure: Measure): Value => {
  if (otherCurrency !== undefined) return { problem: `currency-${otherCurrency.toLowerCase()}` };
  const readings = numberReadings(digits).filter(
    // Three digits after a separator cannot be cents.
    ({ decimals }) => factor !== undefined || decimals <= measure.decimals,
  );
  const values = readings.map((reading) => ({ ...reading, number: rounded(reading.number * (factor ?? 1)) }));
  const found = values.find(({ number }) => number >= measure.min && number <= measure.max);
  if (found !== undefined) {
    return { number: found.number, ...(found.correction === undefined ? {} : { correction: found.correction }) };
  }
  const [first] = values;
  // If even the corrected reading is implausible, the number counts as unreadable rather than as too low or too high.
  const known = first !== undefined && first.correction === undefined;
  return { problem: known ? implausible(first.number, measure) : 'not-a-number' };
};
