import type { AssociationFeeFrequency } from '../../../../domain/reso.ts';
import {
  entryOf,
  isDocument,
  isMissing,
  type Reading,
  reader,
  spelled,
  spelling,
  unclear,
  understood,
} from '../../reading.ts';
import { withoutAbout } from './quantities/about.ts';
import { currencyOf } from './quantities/currency.ts';
import { dollars, implausible, isPlausible, type Measure, rounded } from './quantities/measure.ts';
import { evaluate } from './quantities/quantity.ts';
import { rangeTokens } from './ranges/range-words.ts';

/** Dues in US dollars. 0 is a valid fee, and the most expensive buildings charge tens of thousands a quarter. */
const dues: Measure = { ...dollars, min: 0, max: 250_000 };

/**
 * An owners' association's fee in US dollars: `350`, `"$350/mo"`, `"350 monthly"`, `"Quarterly: $1,200"`,
 * `{ amount, frequency }`. `0`, `"none"`, `"no HOA"` and `false` are a fee of 0. `readFeeFrequency` reads how often it
 * is due.
 */
export const readAssociationFee = reader(100, (found): Reading<number> => {
  const { amount, currency } = partsOfFee(found);
  const code = isMissing(currency) ? 'USD' : typeof currency === 'string' ? currencyOf(currency) : undefined;
  if (code === undefined) return unclear('currency-unknown');
  if (code !== 'USD') return unclear(`currency-${code.toLowerCase()}`);
  if (amount === false) return understood(0);
  if (typeof amount === 'number' || typeof amount === 'bigint') return ofNumber(Number(amount));
  return typeof amount === 'string' ? ofText(amount) : notAFee;
});

/**
 * How often the fee is due, in RESO's words: from its own field, otherwise from the field of the amount (`"$350/mo"`).
 *
 * @param fee the field with the fee; if it names a different frequency, neither is used (`frequencies-differ`)
 */
export const readFeeFrequency = (found: unknown, fee?: unknown): Reading<AssociationFeeFrequency> => {
  const named = readFrequencyWords(found);
  const beside = readFrequencyBeside(fee);
  if (named.value === undefined) return beside.value === undefined ? named : beside;
  return beside.value === undefined || beside.value === named.value ? named : unclear('frequencies-differ');
};

const readFrequencyWords = reader(60, (found): Reading<AssociationFeeFrequency> => {
  const frequency = typeof found === 'string' ? frequencyOf(found) : undefined;
  return frequency === undefined ? unclear('frequency-unknown') : understood(frequency);
});

const readFrequencyBeside = reader(100, (found): Reading<AssociationFeeFrequency> => {
  const { frequency } = partsOfFee(found);
  return typeof frequency === 'string' ? readFrequencyWords(frequency) : {};
});

const notAFee = unclear('not-a-fee');

const ofNumber = (number: number): Reading<number> => {
  if (!Number.isFinite(number)) return notAFee;
  const value = rounded(number);
  return isPlausible(value, dues) ? understood(value) : unclear(`fee-${implausible(value, dues)}`);
};

const ofText = (found: string): Reading<number> => {
  if (/^(?:none|no|nil|zero|free|n)$/i.test(found)) return understood(0);
  if (/^-\s?\$?\s?\d/.test(found)) return unclear('fee-too-low');
  const { text, about } = withoutAbout(found);
  const tokens = rangeTokens(text, dues);
  if (tokens?.kinds !== 'A') return notAFee;
  const value = evaluate(tokens.amounts[0]!, dues);
  if ('number' in value) return understood(value.number, value.correction ?? about);
  const { problem } = value;
  if (problem === 'not-a-number') return notAFee;
  return unclear(problem.startsWith('currency-') ? problem : `fee-${problem}`);
};

type Parts = { readonly amount: unknown; readonly frequency?: unknown; readonly currency?: unknown };

/**
 * The amount and the words for how often. If those words are not a known frequency, the whole text counts as the
 * amount, which will then not be understood.
 */
export const partsOfFee = (found: unknown): Parts => {
  if (Array.isArray(found) && found.length === 1 && !Array.isArray(found[0])) return partsOfFee(found[0]);
  if (isDocument(found)) return ofDocument(found);
  if (typeof found !== 'string') return { amount: found };
  const text = found.replace(about, ' ').replace(/\s+/g, ' ').trim();
  const before = /^([a-z][a-z -]*?)\s?[:=–-]?\s?([$\d].*)$/i.exec(text);
  if (before !== null && frequencyOf(before[1]!) !== undefined) return { amount: before[2], frequency: before[1] };
  const after = /^(\D{0,12}\d[\d.,'’]*(?:\s?k\b)?(?:\s?(?:usd|dollars|\$))?)\s?[,(/–-]?\s?(.+?)\)?$/i.exec(text);
  if (after !== null && frequencyOf(after[2]!) !== undefined) return { amount: after[1], frequency: after[2] };
  const word = /^(none|no|nil|zero)\s(.+)$/i.exec(text);
  if (word !== null && frequencyOf(word[2]!) !== undefined) return { amount: word[1], frequency: word[2] };
  return { amount: text };
};

/** Words that only repeat what the field is. */
const about =
  /\b(?:hoa|poa|coa|(?:home\s?)?owners['’]?|condo(?:minium)?|association|assoc\.?|maintenance|maint\.?|fees?|dues)(?![a-z])\s?:?/gi;

/** Any further entry could change the meaning, so it makes the value unreadable. */
const ofDocument = ({
  amount,
  fee,
  value,
  frequency,
  period,
  interval,
  currency,
  ...others
}: Record<string, unknown>): Parts => {
  const sums = [amount, fee, value].filter((part) => !isMissing(part));
  const often = [frequency, period, interval].filter((part) => !isMissing(part));
  if (sums.length !== 1 || often.length > 1 || isDocument(sums[0]) || !Object.values(others).every(isMissing)) {
    return { amount: undefined };
  }
  const inner = partsOfFee(sums[0]);
  return { amount: inner.amount, frequency: often[0] ?? inner.frequency, currency };
};

const frequencyOf = (words: string): AssociationFeeFrequency | undefined =>
  entryOf(
    frequencies,
    spelling(words.replace(/^\s*(?:(?:paid|billed|due|payable)\s)?(?:(?:per|an?|each|p\.?\/)(?:\s|\b))?/i, '')),
  );

const frequencies: Readonly<Record<string, AssociationFeeFrequency>> = {
  ...spelled('Annually', 'annually annual yearly year yr y pa annum everyyear onceayear every12months'),
  ...spelled('Bi-Monthly', 'bimonthly everyothermonth every2months everytwomonths'),
  ...spelled('Bi-Weekly', 'biweekly everyotherweek every2weeks everytwoweeks fortnightly'),
  ...spelled('Daily', 'daily day everyday'),
  ...spelled('Monthly', 'monthly month months mo mos mth mnth mon m pm everymonth onceamonth'),
  ...spelled('One Time', 'onetime once onetimefee single'),
  ...spelled('Quarterly', 'quarterly quarter qtr qtrly qrtly q everyquarter every3months everythreemonths'),
  ...spelled('Seasonal', 'seasonal seasonally season'),
  ...spelled('Semi-Annually', 'semiannually semiannual halfyearly twiceayear every6months everysixmonths'),
  ...spelled('Semi-Monthly', 'semimonthly twiceamonth'),
  ...spelled('Weekly', 'weekly week wk everyweek onceaweek'),
};
