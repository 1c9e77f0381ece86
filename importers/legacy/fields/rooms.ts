import { asNumber, isDocument, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

/** `3`, `"3"`, `"studio"` (no bedroom); of `"3+1"` the bedrooms, with a warning about the other room. */
export const readBedrooms = (found: unknown): Reading<number> => {
  if (isMissing(found)) return nothing;
  const number = asNumber(found);
  if (number !== undefined) return count(number, 'not-a-number-of-bedrooms');
  const text = typeof found === 'string' ? found.trim() : '';
  if (/^(?:studio|efficiency)$/i.test(text)) return understood(0);
  const plus = /^(\d{1,3})\s*\+\s*(\d{1,2}|den)$/i.exec(text);
  if (plus !== null) return { ...count(Number(plus[1]), 'not-a-number-of-bedrooms'), warning: 'extra-room' };
  const worded = /^(\d{1,3})\s*(?:\+|br|bd|beds?|bedrooms?)$/i.exec(text);
  return worded === null ? unclear('not-a-number-of-bedrooms') : count(Number(worded[1]), 'not-a-number-of-bedrooms');
};

export type Bathrooms = { readonly full: number; readonly half: number };

/** `2.5`, `"2/1"`, `{ full: 2, half: 1 }`. */
export const readBathrooms = (found: unknown): Reading<Bathrooms> => {
  if (isMissing(found)) return nothing;
  if (isDocument(found)) return bathrooms(asNumber(found.full) ?? 0, asNumber(found.half) ?? 0);
  const number = asNumber(found);
  if (number !== undefined) {
    const full = Math.floor(number);
    const part = number - full;
    const reading = bathrooms(full, part === 0 ? 0 : 1);
    return part === 0 || part === 0.5 || reading.value === undefined
      ? reading
      : { ...reading, warning: 'part-bathroom' };
  }
  const parts = typeof found === 'string' ? /^\s*(\d{1,3})\s*\/\s*(\d{1,2})\s*$/.exec(found) : null;
  return parts === null ? unclear('not-a-number-of-bathrooms') : bathrooms(Number(parts[1]), Number(parts[2]));
};

const bathrooms = (full: number, half: number): Reading<Bathrooms> =>
  Number.isInteger(full) && Number.isInteger(half) && full >= 0 && half >= 0 && full + half <= 200
    ? understood({ full, half })
    : unclear('not-a-number-of-bathrooms');

const count = (number: number, warning: string): Reading<number> =>
  Number.isInteger(number) && number >= 0 && number <= 200 ? understood(number) : unclear(warning);
