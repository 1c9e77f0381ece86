import { isDocument, isMissing, type Reading, reader, unclear, understood } from '../../reading.ts';
import { withoutAbout } from './quantities/about.ts';
import { currencyOf } from './quantities/currency.ts';
import { dollars, implausible, isPlausible, rounded } from './quantities/measure.ts';
import { evaluate } from './quantities/quantity.ts';
import { readRange } from './ranges/range.ts';
import { rangeTokens } from './ranges/range-words.ts';

/**
 * A home's price in US dollars: `450000`, `"$450,000"`, `"450k"`, `"1.2M"`, `"USD 898,000"`, `"1'250'000"`,
 * `{ amount, currency }`; the lower end of a range (`price-range`). `"450.000"` is 450,000, since no home costs $450
 * (`thousands-separator-dot`).
 *
 * Not read as a price: another currency (`currency-eur`), less than $1,000 or more than a billion, and `0`, `-1` and
 * `"Call"`, with which the old CRM said that there is no price.
 */
export const readPrice = reader(200, (found): Reading<number> => priceOf(found));

const priceOf = (found: unknown): Reading<number> => {
  if (typeof found === 'number' || typeof found === 'bigint') return ofNumber(Number(found));
  if (Array.isArray(found)) return found.length === 1 && !Array.isArray(found[0]) ? priceOf(found[0]) : notAPrice;
  if (isDocument(found)) return ofMoney(found);
  return typeof found === 'string' ? ofText(found) : notAPrice;
};

const notAPrice = unclear('not-a-price');

const ofNumber = (number: number): Reading<number> => {
  if (!Number.isFinite(number)) return notAPrice;
  const value = rounded(number);
  return isPlausible(value, dollars) ? understood(value) : unclear(`price-${implausible(value, dollars)}`);
};

/** `{ amount: 650000, currency: "USD" }`; any further entry could change the meaning. */
const ofMoney = ({ amount, value, price, currency, currencyCode, ...others }: Record<string, unknown>) => {
  const sums = [amount, value, price].filter((sum) => !isMissing(sum));
  if (sums.length !== 1 || isDocument(sums[0]) || !Object.values(others).every(isMissing)) return notAPrice;
  const named = [currency, currencyCode].find((found) => !isMissing(found));
  if (named === undefined) return priceOf(sums[0]);
  const code = typeof named === 'string' ? currencyOf(named) : undefined;
  if (code === undefined) return unclear('currency-unknown');
  return code === 'USD' ? priceOf(sums[0]) : unclear(`currency-${code.toLowerCase()}`);
};

const negotiable = /\s?[,(]?\s?(?:obo|o\.b\.o\.?|or best offer|negotiable|firm)\)?$/i;

const ofText = (found: string): Reading<number> => {
  if (/^-\s?\$?\s?\d/.test(found)) return unclear('price-not-positive');
  if (/^\d+(?:\.\d+)?e[-+]?\d{1,2}$/i.test(found)) return ofNumber(Number(found));
  const { text, about } = withoutAbout(found.replace(negotiable, ''));
  const tokens = rangeTokens(text, dollars);
  if (tokens === undefined) return notAPrice;
  if (tokens.kinds === 'A') {
    const value = evaluate(tokens.amounts[0]!, dollars);
    if ('number' in value) return understood(value.number, value.correction ?? about);
    const { problem } = value;
    return unclear(
      problem.startsWith('currency-') ? problem : problem === 'not-a-number' ? 'not-a-price' : `price-${problem}`,
    );
  }
  const range = readRange(text, dollars, 'max');
  if (range.kind === 'range' && range.min !== undefined) return understood(range.min, 'price-range');
  return range.kind === 'notUnderstood' && range.why.startsWith('currency-') ? unclear(range.why) : notAPrice;
};
