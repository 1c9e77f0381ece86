import { asNumber, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

/** `1998`, `"1998"`, `"c. 1998"`; `0` and `20005` are no years. */
export const readYearBuilt = (found: unknown): Reading<number> => {
  if (isMissing(found)) return nothing;
  const about = typeof found === 'string' ? /^(?:c\.?|ca\.?|circa|approx\.?|~)\s*(\d{4})$/i.exec(found.trim()) : null;
  const year = about === null ? asNumber(found) : Number(about[1]);
  if (year === undefined || !Number.isInteger(year) || year < 1600 || year > 2100) return unclear('not-a-year');
  return understood(year, about === null ? undefined : 'about');
};
