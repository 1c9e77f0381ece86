import { asNumber, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(2200, 0, 1);

/** Below this a number counts seconds, above it milliseconds: 1e11 s is the year 5138, 1e11 ms is March 1973. */
const secondsBelow = 100_000_000_000;

const isoDate = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const usDate = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;

/** A Date, an ISO string, `03/31/2024`, epoch seconds or milliseconds (as number, digits or 64-bit integer), as ISO 8601 UTC. */
export const readTimestamp = (found: unknown): Reading<string> => {
  if (isMissing(found)) return nothing;
  const time = timeOf(found);
  if (time === undefined || Number.isNaN(time)) return unclear('not-a-date');
  if (time === 0) return nothing;
  if (time < earliest || time > latest) return unclear('date-out-of-range');
  return understood(new Date(time).toISOString());
};

/** As `readTimestamp`, as the calendar date in UTC: `2024-03-31`. */
export const readDate = (found: unknown): Reading<string> => {
  const { value, warning } = readTimestamp(found);
  return { ...(value !== undefined && { value: value.slice(0, 10) }), ...(warning !== undefined && { warning }) };
};

const timeOf = (found: unknown): number | undefined => {
  if (found instanceof Date) return found.getTime();
  const number = asNumber(found);
  if (number !== undefined) return Math.round(Math.abs(number) < secondsBelow ? number * 1000 : number);
  if (typeof found !== 'string') return undefined;
  const text = found.trim();
  const us = usDate.exec(text);
  if (us !== null) return realDate(Number(us[3]), Number(us[1]), Number(us[2]));
  if (!isoDate.test(text)) return undefined;
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  if (realDate(year!, month!, day!) === undefined) return undefined;
  // Without a zone it is UTC: what mongoose wrote, and the same on every machine.
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) || text.length === 10 ? text : `${text}Z`;
  return Date.parse(zoned.replace(' ', 'T').replace(/\s+(?=[Z+-])/, ''));
};

/** The 31st of February is no date, whatever `Date.UTC` makes of it. */
const realDate = (year: number, month: number, day: number): number | undefined => {
  const time = Date.UTC(year, month - 1, day);
  return new Date(time).getUTCMonth() === month - 1 && new Date(time).getUTCDate() === day ? time : undefined;
};
