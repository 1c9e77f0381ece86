import type { AgentFields } from '../../../../domain/agent/index.ts';
import { type DayOfWeek, dayNamed, daysFrom, daysOfWeek } from '../../../../domain/days-of-week.ts';
import { isDocument, isMissing, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';

type Hours = AgentFields['hours'];
type Span = [string, string];

/** A part of a text about working hours: `Mon-Fri 9am-5pm`. */
export type HoursPart = {
  /** The names of its days with what follows them; empty if it is about all days. */
  readonly named: string;
  /** `undefined` if they are not names of days. */
  readonly days: readonly DayOfWeek[] | undefined;
  /** From when to when, or that it is a day off. */
  readonly rest: string;
};

/** The parts of a text about working hours. */
export const partsOfHours = (text: string): readonly HoursPart[] =>
  text
    .split(/\s*[,;\n]\s*/)
    .filter((piece) => piece !== '')
    .map((part) => {
      const named = /^([a-z][a-z.]*)(?:\s?(?:-|–|to|thru|through)\s?([a-z][a-z.]*))?\s?:?\s(?=\S)/i.exec(part);
      if (named === null) return { named: '', days: daysOfWeek, rest: part };
      return { named: named[0], days: between(named[1]!, named[2]), rest: part.slice(named[0].length) };
    });

/**
 * `"9-17"` (every day), `"Mon-Fri 9am-5pm, Sat 10-14"`, `{ mon: ["09:00", "17:00"], … }`, `{ mon: "9am-5pm" }`,
 * `{ mon: { from, to } }`. "9-5" ends at five in the afternoon (`afternoon-assumed`).
 */
export const readWorkingHours = reader(500, (found): Reading<Hours> => {
  if (typeof found === 'string') return ofText(found);
  if (!isDocument(found)) return notHours;
  const hours: Partial<Record<DayOfWeek, Span>> = {};
  let [unread, assumed] = [false, false];
  for (const [name, value] of Object.entries(found)) {
    const day = dayNamed(name);
    const span = spanOf(value);
    if (day !== undefined && span !== undefined) {
      hours[day] = span.hours;
      assumed ||= span.assumed;
    } else if (!isMissing(value) && value !== false && !isOff(value)) unread = true;
  }
  return readingOf(hours, unread, assumed);
});

const notHours = unclear('not-working-hours');
/** Whether it says that a day is off. */
export const isOff = (found: unknown): boolean => typeof found === 'string' && /^(?:off|closed|none|-)$/i.test(found);

const readingOf = (hours: Partial<Record<DayOfWeek, Span>>, unread: boolean, assumed: boolean): Reading<Hours> => {
  if (Object.keys(hours).length === 0) return unread ? notHours : nothing;
  return understood(hours as Hours, unread ? 'not-working-hours' : assumed ? 'afternoon-assumed' : undefined);
};

const ofText = (text: string): Reading<Hours> => {
  const hours: Partial<Record<DayOfWeek, Span>> = {};
  let assumed = false;
  for (const { days: on, rest } of partsOfHours(text)) {
    if (on !== undefined && isOff(rest)) continue;
    const span = spanOf(rest);
    if (on === undefined || span === undefined) return notHours;
    for (const day of on) hours[day] = span.hours;
    assumed ||= span.assumed;
  }
  return readingOf(hours, false, assumed);
};

const between = (from: string, to: string | undefined): readonly DayOfWeek[] | undefined => {
  if (to === undefined && /^(?:weekdays|daily)$/i.test(from))
    return /^d/i.test(from) ? daysOfWeek : daysOfWeek.slice(0, 5);
  const [first, last] = [dayNamed(from), dayNamed(to ?? from)];
  return first === undefined || last === undefined ? undefined : daysFrom(first, last);
};

const spanOf = (found: unknown): { readonly hours: Span; readonly assumed: boolean } | undefined => {
  const ends = typeof found === 'string' ? found.split(/\s*(?:-|–|—|to|until)\s*/i) : endsOf(found);
  if (!Array.isArray(ends) || ends.length !== 2) return undefined;
  const [from, to] = ends.map(timeOfDay);
  if (from === undefined || to === undefined) return undefined;
  if (from < to) return { hours: [from, to], assumed: false };
  // "9-5" does not mean until five in the morning.
  const bare = /^\d{1,2}(?::\d{2})?$/.test(String(ends[1]).trim()) && to < '12:00' && from < '12:00';
  const afternoon = `${String(Number(to.slice(0, 2)) + 12).padStart(2, '0')}${to.slice(2)}`;
  return bare && typeof found === 'string' ? { hours: [from, afternoon], assumed: true } : undefined;
};

const endsOf = (found: unknown): unknown =>
  isDocument(found) ? [found.from ?? found.start ?? found.open, found.to ?? found.end ?? found.close] : found;

const asText = (found: unknown) => (typeof found === 'string' || typeof found === 'number' ? String(found) : '');

/** `9am`, `17:30`, `noon` as `09:00`, `17:30`, `12:00`. */
export const timeOfDay = (found: unknown): string | undefined => {
  const text = asText(found).trim().toLowerCase();
  if (text === 'noon') return '12:00';
  if (text === 'midnight') return '24:00';
  const match = /^(\d{1,2})(?:[:.h]?([0-5]\d))?(?::00)?\s?(?:([ap])\.?(?:m\.?)?)?$/.exec(text);
  if (match === null) return undefined;
  const half = match[3];
  if (half !== undefined && Number(match[1]) > 12) return undefined;
  const hour = half === undefined ? Number(match[1]) : (Number(match[1]) % 12) + (half === 'p' ? 12 : 0);
  const minutes = match[2] ?? '00';
  return hour < 24 || (hour === 24 && minutes === '00') ? `${String(hour).padStart(2, '0')}:${minutes}` : undefined;
};
