import { bounded, isDocument, isMissing, nothing, type Reading, unclear, understood } from '../../reading.ts';
import { dollars } from './quantities/measure.ts';
import { type RangeReading, readPriceRange } from './ranges/range.ts';
import { endNamed } from './ranges/range-names.ts';
import { rangeTokens } from './ranges/range-words.ts';

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

/**
 * Which end a warning about a budget is filed under, and the value that it shows: the end that was understood or, if neither was, the
 * one that the document gives. Of both, the lower one; a single number is a maximum.
 *
 * @param whole the budget as one value
 * @param apart its ends in separate fields
 */
export const warnedEnd = (
  { value }: Reading<Budget>,
  whole: unknown,
  apart: readonly [min: unknown, max: unknown],
): { readonly field: 'listPriceMin' | 'listPriceMax'; readonly found: unknown } => {
  const isApart = isMissing(whole);
  const found = !isApart ? whole : isMissing(apart[0]) ? apart[1] : isMissing(apart[1]) ? apart[0] : apart;
  const ends = value !== undefined ? Object.keys(value) : isApart ? endsApart(apart) : endsIn(whole);
  const isMaximum = ends.length === 0 ? !isApart : !ends.includes('min');
  return { field: isMaximum ? 'listPriceMax' : 'listPriceMin', found };
};

const endsApart = ([min, max]: readonly [unknown, unknown]): readonly string[] => [
  ...(isMissing(min) ? [] : ['min']),
  ...(isMissing(max) ? [] : ['max']),
];

/** The ends that a budget as one value names, as far as that can be told. */
const endsIn = (whole: unknown): readonly string[] => {
  const found = bounded(whole, 200);
  if (Array.isArray(found)) return found.length === 2 ? endsApart([found[0], found[1]]) : [];
  if (isDocument(found))
    return Object.entries(found).flatMap(([key, part]) => {
      const end = isMissing(part) ? undefined : endNamed(key);
      return end === undefined || end === 'currency' ? [] : [end === 'both' ? 'max' : end];
    });
  if (typeof found !== 'string') return [];
  const kinds = rangeTokens(found, dollars)?.kinds ?? (/^(?:min|from|over|above|at least)\b/i.test(found) ? 'L' : '');
  return [...(/[LUPFB]|A.*A/.test(kinds) ? ['min'] : []), ...(/[HVS]|A.*A/.test(kinds) ? ['max'] : [])];
};
