import { asNumber, isDocument, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';
import { dollars, parseAmount, parseRange, readPrice } from './price.ts';

/** What a buyer can spend, in dollars; either end may be open. */
export type Budget = { readonly min?: number; readonly max?: number };

/** `{ min, max }`, `"300-450k"`, `"under 500k"`, `"500k+"`, `450000`; ends in the wrong order are put right, with a warning. */
export const readBudget = (found: unknown): Reading<Budget> => {
  if (isMissing(found)) return nothing;
  if (isDocument(found)) return budgetOf(found.min, found.max);
  const number = asNumber(found);
  if (number !== undefined) return upTo(readPrice(number));
  if (typeof found !== 'string') return unclear('not-a-budget');
  const range = parseRange(found);
  if (range !== undefined) return budgetOf(...range);
  const words =
    /^(?<word>under|below|up to|max\.?|<=?|less than|over|above|from|min\.?|>=?|more than)?\s*(?<sum>.*?)\s*(?<plus>\+)?$/i.exec(
      found.trim(),
    )?.groups;
  const amount = parseAmount(words?.sum ?? '');
  if (amount === undefined) return unclear('not-a-budget');
  const atLeast = words?.plus !== undefined || /^(over|above|from|min|>|more)/i.test(words?.word ?? '');
  const price = readPrice(dollars(amount));
  if (!atLeast) return upTo(price);
  return price.value === undefined ? unclear('not-a-budget') : understood({ min: price.value });
};

const upTo = (price: Reading<number>): Reading<Budget> =>
  price.value === undefined ? unclear('not-a-budget') : understood({ max: price.value });

/** From two ends that stand in fields of their own. `0` is how many wrote "no lower end". */
export const budgetOf = (min: unknown, max: unknown): Reading<Budget> => {
  const low = asNumber(min) === 0 ? nothing : readPrice(min);
  const high = asNumber(max) === 0 ? nothing : readPrice(max);
  const warning = low.warning ?? high.warning;
  if (low.value === undefined && high.value === undefined) return warning === undefined ? nothing : unclear(warning);
  if (low.value !== undefined && high.value !== undefined && low.value > high.value) {
    return understood({ min: high.value, max: low.value }, 'budget-swapped');
  }
  return understood(
    {
      ...(low.value === undefined ? {} : { min: low.value }),
      ...(high.value === undefined ? {} : { max: high.value }),
    },
    warning,
  );
};
