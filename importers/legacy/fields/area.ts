import { asNumber, entryOf, isMissing, nothing, type Reading, spelling, unclear, understood } from '../reading.ts';

const squareFeetInAcre = 43_560;
const squareFeetInSquareMetre = 10.7639;
/** No home stands on half a hundred square feet, and few on more acres: without a unit this tells the two apart. */
const acresUpTo = 50;

const sized = /^(?<low>\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*(?:-|–|to)\s*(?<high>\d[\d,]*(?:\.\d+)?))?\s*(?<unit>[a-z].*)?$/i;

const factors: Record<string, number> = {
  sqft: 1,
  sf: 1,
  squarefeet: 1,
  squarefoot: 1,
  ft2: 1,
  feet: 1,
  ft: 1,
  ac: squareFeetInAcre,
  acre: squareFeetInAcre,
  acres: squareFeetInAcre,
  sqm: squareFeetInSquareMetre,
  m2: squareFeetInSquareMetre,
  squaremeters: squareFeetInSquareMetre,
};

type Size = { readonly size: number; readonly unit?: string; readonly range: boolean };

const parseSize = (found: unknown): Size | undefined => {
  const number = asNumber(found);
  if (number !== undefined) return { size: number, range: false };
  const match = typeof found === 'string' ? sized.exec(found.trim())?.groups : undefined;
  if (match?.low === undefined) return undefined;
  return {
    size: Number(match.low.replaceAll(',', '')),
    range: match.high !== undefined,
    ...(match.unit === undefined ? {} : { unit: match.unit }),
  };
};

/** `1850`, `"1,850"`, `"1850 sqft"` in square feet; of `"1850-1900"` the lower end, with a warning. */
export const readLivingArea = (found: unknown): Reading<number> => {
  if (isMissing(found)) return nothing;
  const parsed = parseSize(found);
  if (parsed === undefined) return unclear('not-an-area');
  return sizeOf(parsed, parsed.unit === undefined ? 1 : entryOf(factors, spelling(parsed.unit)), 10_000_000);
};

/** `0.25` with `"acres"`, `10890` with `"sqft"`, `"0.25 ac"`, in square feet; without a unit by its size, with a warning. */
export const readLotSize = (found: unknown, unit?: unknown): Reading<number> => {
  if (isMissing(found)) return nothing;
  const parsed = parseSize(found);
  if (parsed === undefined) return unclear('not-an-area');
  const named = parsed.unit ?? (typeof unit === 'string' && unit.trim() !== '' ? unit : undefined);
  if (named !== undefined) return sizeOf(parsed, entryOf(factors, spelling(named)), 100_000_000_000);
  const reading = sizeOf(parsed, parsed.size <= acresUpTo ? squareFeetInAcre : 1, 100_000_000_000);
  return reading.value === undefined ? reading : { ...reading, warning: 'unit-guessed' };
};

const sizeOf = ({ size, range }: Size, factor: number | undefined, max: number): Reading<number> => {
  if (factor === undefined) return unclear('unit-unknown');
  const value = Math.round(size * factor * 100) / 100;
  if (!(value > 0)) return unclear('area-not-positive');
  if (value > max) return unclear('area-too-large');
  return understood(value, range ? 'area-range' : undefined);
};
