import type { Criteria } from '../../../domain/saved-search/index.ts';
import { criteriaSchema } from '../../../domain/saved-search/index.ts';
import { dollars, livingSquareFeet, type Measure, rooms } from '../fields/numbers/measure.ts';
import { type Alone, readRange } from '../fields/numbers/range.ts';
import { asNumber, isDocument } from '../reading.ts';
import { type CriterionReader, noLimit, notUnderstood, type Part } from './part.ts';

type Limits = {
  readonly min: keyof Criteria;
  readonly max: keyof Criteria;
  readonly measure: Measure;
  /** What a number alone says. */
  readonly alone: Alone;
  /** The least step between two values: `$gt: 3` bedrooms are at least 4. */
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

/** Corrections that guess what somebody meant: good enough for a budget that a person reads, not for what is sent to a buyer. */
const guesses: ReadonlySet<string> = new Set(['range-swapped', 'zero-as-no-maximum']);

/** An entry that limits on both sides: `price`, `beds`, … */
export const readLimits =
  (limits: Limits): CriterionReader =>
  (found) =>
    read(found, limits, limits.alone);

/** An entry for one side alone: `minPrice`, `maxBeds`, … What says anything of the other side is not understood. */
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
    // At least no bathroom says nothing; a studio is a home with no bedroom.
    ...(range.min === undefined || (range.min === 0 && limits.min !== 'bedroomsMin')
      ? {}
      : { [limits.min]: range.min }),
    ...(range.max === undefined ? {} : { [limits.max]: range.max }),
  };
  if (!criteriaSchema.safeParse(criteria).success) return notUnderstood();
  return { criteria, ...(range.correction === undefined ? {} : { correction: range.correction }) };
};

/** `$gt` and `$lt` (and `>`, `over`, … of rooms) leave the end itself out; ours include it. */
const withInclusiveEnds = (found: unknown, { measure, step }: Limits): unknown => {
  if (typeof found === 'string') {
    return measure === rooms && exclusiveWords.test(found) ? undefined : found;
  }
  if (!isDocument(found)) return found;
  const ends: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(found)) {
    if (name === '$gt' || name === '$lt') {
      const number = asNumber(value);
      const end = name === '$gt' ? '$gte' : '$lte';
      if (number === undefined || end in found) return undefined;
      ends[end] = Math.round((number + (name === '$gt' ? step : -step)) * 100) / 100;
    } else if (name.startsWith('$') && !/^\$(?:gte|lte|eq)$/.test(name)) return undefined;
    else ends[name] = value;
  }
  return ends;
};

const exclusiveWords = /^\s*(?:[<>](?!=)|(?:over|above|under|below|more than|less than|fewer than)\b)/i;
