import { asNumber, type Reading, reader, unclear, understood } from '../../reading.ts';

/**
 * `1998`, `"1998"`, `"c. 1998"` (`about`), `"built in 1998"`, a date (`year-of-date`); `0` and `20005` are rejected.
 */
export const readYearBuilt = reader(60, (found): Reading<number> => {
  if (found instanceof Date)
    return Number.isNaN(found.getTime()) ? notAYear : year(found.getUTCFullYear(), 'year-of-date');
  if (typeof found !== 'string') return year(asNumber(found));
  const text = found.toLowerCase().replace(/^(?:year\s)?built\s?(?:in\s)?:?\s?/, '');
  const about = /^(?:c\.?|ca\.?|circa|approx\.?|approximately|about|around|est\.?|~)\s?(\d{4})$/.exec(text);
  if (about !== null) return year(Number(about[1]), 'about');
  const date = /^(\d{4})-\d{2}-\d{2}(?:t[\d:.]*z?)?$/.exec(text);
  if (date !== null) return year(Number(date[1]), 'year-of-date');
  return /^\d{4}$/.test(text) ? year(Number(text)) : notAYear;
});

const notAYear = unclear('not-a-year');

const year = (number: number | undefined, warning?: string): Reading<number> =>
  number === undefined || !Number.isInteger(number) || number < 1600 || number > 2100
    ? notAYear
    : understood(number, warning);
