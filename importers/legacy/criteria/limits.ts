import type { Criteria } from '../../../domain/saved-search/index.ts';
import { criteriaSchema } from '../../../domain/saved-search/index.ts';
import { dollars, livingSquareFeet, type Measure, rooms } from '../fields/numbers/quantities/measure.ts';
import { type Alone, readRange } from '../fields/numbers/ranges/range.ts';
import { asNumber, isDocument } from '../reading.ts';
import { type CriterionReader, noLimit, notUnderstood, type Part } from './part.ts';

type Limits = {
  readonly min: keyof Criteria;
  readonly max: keyof Criteria;
  readonly measure: Measure;
  /** How to read a number on its own. */
  readonly alone: Alone;
  /** The smallest step between two values: `$gt: 3` bedrooms means at least 4. */
  readonly step: number;
};

export const price: Limits = { min: 'listPriceMin', max: 'listPriceMax', measure: dollars, alone: 'max', step: 0.01 };
export const bedrooms: Limits = { min: 'bedroomsMin', max: 'bedroomsMax', measure: rooms, alone: 'min', step: 1 };
export const bathrooms: Limits = { min: 'bathroomsMin', max: 'bathroomsMax', measure: rooms, alone: 'min', step: 0.5 };
export const livingArea: Limits = {
  min: 'livingAreaMin',
  max: 'livingAreaMax',
  measure: livingSquareFeet,
  alone: 'min',
  step: 0.01,
};

/**
 * Corrections that guess what was meant: good enough for a budget that a person reads, but not for what a buyer is
 * sent.
 */
const guesses: ReadonlySet<string> = new Set(['range-swapped', 'zero-as-no-maximum']);

/** Reads an entry that may limit both sides: `price`, `beds`, … */
export const readLimits =
  (limits: Limits): CriterionReader =>
  (found) =>
    read(found, limits, limits.alone);

/** Reads an entry for one side: `minPrice`, `maxBeds`, … A value that also limits the other side is not understood. */
export const readLimit =
  (limits: Limits, side: 'min' | 'max'): CriterionReader =>
  (found) => {
    const part = read(found, limits, side);
    const other = side === 'min' ? limits.max : limits.min;
    return 'criteria' in part && other in part.criteria ? notUnderstood() : part;
  };

const read = (found: unknown, limits: Limits, alone: Alone): Part => {
  const inclusive = withInclusiveEnds(found, limits);
  if (inclusive === undefined) return notUnderstood();
  const range = readRange(inclusive, limits.measure, alone);
  if (range.kind === 'noLimit') return noLimit;
  if (range.kind === 'notUnderstood') return notUnderstood();
  if (range.correction !== undefined && guesses.has(range.correction)) return notUnderstood('criteria-contradict');
  const criteria = {
    // "At least 0 bathrooms" is no limit, but a home with 0 bedrooms is a studio.
    ...(range.min === undefined || (range.min === 0 && limits.min !== 'bedroomsMin')
      ? {}
      : { [limits.min]: range.min }),
    ...(range.max === undefined ? {} : { [limits.max]: range.max }),
  };
  if (!criteriaSchema.safeParse(criteria).success) return notUnderstood();
  return { criteria, ...(range.correction === undefined ? {} : { correction: range.correction }) };
};

/** `$gt`, `lt` (and `>`, `over`, … for rooms) exclude the limit itself; ours include it. */
const withInclusiveEnds = (found: unknown, { measure, step }: Limits): unknown => {
  if (typeof found === 'string') {
    return measure === rooms && exclusiveWords.test(found) ? undefined : found;
  }
  if (!isDocument(found)) return found;
  const ends: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(found)) {
    const exclusive = /^\$?(gt|lt)$/i.exec(name)?.[1]?.toLowerCase();
    if (exclusive !== undefined) {
      const number = asNumber(value);
      const end = exclusive === 'gt' ? '$gte' : '$lte';
      if (number === undefined || end in found || end.slice(1) in found || end in ends) return undefined;
      ends[end] = Math.round((number + (exclusive === 'gt' ? step : -step)) * 100) / 100;
    } else if (name.startsWith('$') && !/^\$(?:gte|lte|eq)$/.test(name)) return undefined;
    else if (measure === rooms && exclusiveNames.test(name)) return undefined;
    else ends[name] = value;
  }
  return ends;
};

const exclusiveWords =
  /^\s*(?:[<>](?!=)|(?:over|above|under|below|(?:more|greater|higher|larger|bigger|less|lower|fewer|smaller)\s+than(?!\s+or\s+equal)|[gl]t)\b)/i;
const exclusiveNames = /^(?:over|above|under|below)$/i;
