import { isDocument, isMissing } from '../../../reading.ts';
import { currencyOf } from '../quantities/currency.ts';
import { isPlausible, type Measure, rounded } from '../quantities/measure.ts';
import { evaluate, type Quantity } from '../quantities/quantity.ts';
import { rangeTokens } from './range-words.ts';

/** One end of a range: a number, open, or not understood. */
export type End = { readonly number?: number; readonly correction?: string } | { readonly why: string };
/** An end that the source leaves open. */
export const open: End = {};

/** Reads one end of a range in a document or list. */
export const endOf = (found: unknown, measure: Measure, side: 'min' | 'max'): End => {
  if (isMissing(found)) return open;
  if (typeof found === 'number' || typeof found === 'bigint') return endOfNumber(Number(found), measure, side);
  if (isDocument(found)) {
    // `{ amount: 650000, currency: "USD" }`
    const { amount, value, currency, ...others } = found;
    const foreign = foreignCurrency(currency);
    if (foreign !== undefined) return { why: foreign };
    const given = amount ?? value;
    const known =
      Object.values(others).every(isMissing) && (isMissing(amount) || isMissing(value)) && !isMissing(given);
    return known && !isDocument(given) ? endOf(given, measure, side) : { why: 'range-unclear' };
  }
  if (typeof found !== 'string') return { why: 'range-unclear' };
  const tokens = rangeTokens(found, measure);
  if (tokens === undefined) return { why: 'range-unclear' };
  const { kinds, amounts } = tokens;
  if (/^(?:N|X|M)$/.test(kinds)) return kinds === (side === 'min' ? 'X' : 'M') ? { why: 'range-unclear' } : open;
  const fits = side === 'min' ? /^(?:A|[LFU]A|A[PU])$/ : /^(?:A|[HV]A|A[SV])$/;
  return fits.test(kinds) ? endOfQuantity(amounts[0]!, measure, side) : { why: 'range-unclear' };
};

/** The warning code for a currency other than US dollars. */
export const foreignCurrency = (found: unknown): string | undefined => {
  if (isMissing(found)) return undefined;
  const code = typeof found === 'string' ? currencyOf(found) : undefined;
  return code === 'USD' ? undefined : code === undefined ? 'currency-unknown' : `currency-${code.toLowerCase()}`;
};

const endOfNumber = (number: number, measure: Measure, side: 'min' | 'max'): End => {
  if (side === 'min' && (number === 0 || (number === 1 && measure.min > 1))) return open;
  // Forms without "no maximum" write 9999999999 instead.
  if (side === 'max' && number > measure.max) return open;
  const value = rounded(number);
  return isPlausible(value, measure) ? { number: value } : { why: 'range-unclear' };
};

/** Reads one end of a range in a text. */
export const endOfQuantity = (quantity: Quantity, measure: Measure, side: 'min' | 'max'): End => {
  const plainDigits = /^\d+$/.test(quantity.digits) && !quantity.word && quantity.otherCurrency === undefined;
  if (plainDigits && (quantity.factor === undefined || Number(quantity.digits) === 0)) {
    return endOfNumber(Number(quantity.digits), measure, side);
  }
  const value = evaluate(quantity, measure);
  return 'problem' in value ? { why: whyNot(value.problem) } : value;
};

const whyNot = (problem: string) => (problem.startsWith('currency-') ? problem : 'range-unclear');
