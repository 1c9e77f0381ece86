import { nothing, type Reading, unclear, understood } from '../../reading.ts';
import { type RangeReading, readPriceRange } from './ranges/range.ts';

/** What a buyer can spend, in dollars; either end may be open. */
export type Budget = { readonly min?: number; readonly max?: number };

/**
 * Reads whatever `readPriceRange` reads: `{ min, max }`, `"300-450k"`, `"under 500k"`, `"500k+"`, `450000` (a maximum).
 * "Any" is no budget. Ends in the wrong order are swapped (`budget-swapped`). If one end cannot be read, neither is
 * used.
 */
export const readBudget = (found: unknown): Reading<Budget> => budgetReading(readPriceRange(found));

/** Reads a budget whose ends are in separate fields. */
export const budgetOf = (min: unknown, max: unknown): Reading<Budget> => budgetReading(readPriceRange({ min, max }));

const budgetReading = (range: RangeReading): Reading<Budget> => {
  if (range.kind === 'noLimit') return nothing;
  if (range.kind === 'notUnderstood') return unclear(range.why === 'range-unclear' ? 'not-a-budget' : range.why);
  const { min, max, correction } = range;
  return understood(
    { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) },
    correction === 'range-swapped' ? 'budget-swapped' : correction,
  );
};
