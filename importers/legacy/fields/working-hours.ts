import type { AgentFields } from '../../../domain/agent/index.ts';
import { isDocument, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Hours = AgentFields['hours'];
type Span = [string, string];

/** `"9-17"` (each day), `{ mon: ["09:00", "17:00"], … }`, `{ mon: "9am-5pm" }`. */
export const readWorkingHours = (found: unknown): Reading<Hours> => {
  if (isMissing(found)) return nothing;
  if (typeof found === 'string') {
    const span = spanOf(found);
    return span === undefined
      ? unclear('not-working-hours')
      : understood(Object.fromEntries(days.map((day) => [day, span])) as Hours);
  }
  if (!isDocument(found)) return unclear('not-working-hours');
  const hours: Partial<Record<(typeof days)[number], Span>> = {};
  let unread = false;
  for (const [name, value] of Object.entries(found)) {
    const day = days.find((known) => known === name.trim().toLowerCase().slice(0, 3));
    const span = spanOf(value);
    if (day !== undefined && span !== undefined) hours[day] = span;
    else if (!isMissing(value) && value !== false && value !== 'off' && value !== 'closed') unread = true;
  }
  if (Object.keys(hours).length === 0) return unread ? unclear('not-working-hours') : nothing;
  return understood(hours as Hours, unread ? 'not-working-hours' : undefined);
};

const spanOf = (found: unknown): Span | undefined => {
  const ends = typeof found === 'string' ? found.split(/\s*(?:-|–|to)\s*/i) : found;
  if (!Array.isArray(ends) || ends.length !== 2) return undefined;
  const [from, to] = ends.map(timeOfDay);
  return from === undefined || to === undefined || from >= to ? undefined : [from, to];
};

const asText = (found: unknown) => (typeof found === 'string' || typeof found === 'number' ? String(found) : '');

const timeOfDay = (found: unknown): string | undefined => {
  const match = /^(\d{1,2})(?::([0-5]\d))?\s*([ap])?\.?m?\.?$/i.exec(asText(found).trim());
  if (match === null) return undefined;
  const half = match[3]?.toLowerCase();
  const hour = half === undefined ? Number(match[1]) : (Number(match[1]) % 12) + (half === 'p' ? 12 : 0);
  const minutes = match[2] ?? '00';
  return hour < 24 || (hour === 24 && minutes === '00') ? `${String(hour).padStart(2, '0')}:${minutes}` : undefined;
};
