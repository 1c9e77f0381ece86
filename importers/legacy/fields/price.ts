import { asNumber, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

const max = 10_000_000_000;
const amount =
  /^\$?\s*(?<number>\d[\d,]*(?:\.\d+)?|\.\d+)\s*(?<unit>k|m|mm|mil|million|thousand)?\s*(?:usd|dollars)?$/i;
const thousands = /^\d{1,3}(,\d{3})*(\.\d+)?$|^\d+(\.\d+)?$|^\.\d+$/;

const factors: Record<string, number> = {
  k: 1_000,
  thousand: 1_000,
  m: 1_000_000,
  mm: 1_000_000,
  mil: 1_000_000,
  million: 1_000_000,
};

/** A sum of dollars as people write it, with its unit apart: in `"300-450k"` the one is told by the other. */
export type Amount = { readonly number: number; readonly factor: number | undefined };

export const parseAmount = (text: string): Amount | undefined => {
  const match = amount.exec(text.trim())?.groups;
  if (match?.number === undefined || !thousands.test(match.number)) return undefined;
  return {
    number: Number(match.number.replaceAll(',', '')),
    factor: match.unit === undefined ? undefined : factors[match.unit.toLowerCase()],
  };
};

export const dollars = ({ number, factor = 1 }: Amount): number => Math.round(number * factor * 100) / 100;

/**
 * `450000`, `"$450,000"`, `"450k"`, `"1.2M"`; of a range the lower end, with a warning. `0`, `-1` and `"Call"` are how the old
 * CRM said that there is no price.
 */
export const readPrice = (found: unknown): Reading<number> => {
  if (isMissing(found)) return nothing;
  const number = asNumber(found);
  if (number !== undefined) return inRange(Math.round(number * 100) / 100);
  if (typeof found !== 'string') return unclear('not-a-price');
  const range = parseRange(found);
  if (range !== undefined) return { ...inRange(range[0]), warning: 'price-range' };
  const single = parseAmount(found);
  return single === undefined ? unclear('not-a-price') : inRange(dollars(single));
};

/** `"$450,000 - $475,000"`, `"300-450k"`, `"1.1 to 1.3M"` as two sums; `undefined` when it is no range. */
export const parseRange = (text: string): readonly [number, number] | undefined => {
  const ends = text.split(/\s*(?:-|–|—|\bto\b)\s*/i);
  if (ends.length !== 2) return undefined;
  const [low, high] = ends.map(parseAmount);
  if (low === undefined || high === undefined) return undefined;
  // "300-450k": the unit of the second end is the first one's too, unless that makes the range run backwards.
  const shared = low.factor === undefined && high.factor !== undefined && low.number * high.factor <= dollars(high);
  return [dollars(shared ? { ...low, factor: high.factor } : low), dollars(high)];
};

const inRange = (value: number): Reading<number> => {
  if (value <= 0) return unclear('price-not-positive');
  return value > max ? unclear('price-too-high') : understood(value);
};
