import type { AgentFields } from '../domain/agent/index.ts';

const days = { Mon: 'mon', Tue: 'tue', Wed: 'wed', Thu: 'thu', Fri: 'fri', Sat: 'sat', Sun: 'sun' } as const;

/** What day and time it is at a place: `{ date: '2026-03-31', day: 'tue', time: '14:05' }`. */
export const localTime = (
  now: Date,
  timeZone: string,
): { date: string; day: (typeof days)[keyof typeof days]; time: string } => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    day: days[parts.weekday as keyof typeof days],
    time: `${parts.hour}:${parts.minute}`,
  };
};

/** Whether an agent works now. Hours that end before they begin go past midnight, into the next day. */
export const atWork = (hours: NonNullable<AgentFields['hours']>, now: Date, timeZone: string): boolean => {
  const today = localTime(now, timeZone);
  const yesterday = localTime(new Date(now.getTime() - 24 * 3_600_000), timeZone);
  const spanOf = hours[today.day];
  if (spanOf !== undefined) {
    const [from, to] = spanOf;
    if (from <= to ? today.time >= from && today.time < to : today.time >= from) return true;
  }
  const before = hours[yesterday.day];
  return before !== undefined && before[0] > before[1] && today.time < before[1];
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format takes far longer than using it. A time zone nobody knows counts as UTC. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const fields = {
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    } as const;
    try {
      format = new Intl.DateTimeFormat('en-US', { ...fields, timeZone });
    } catch {
      format = new Intl.DateTimeFormat('en-US', { ...fields, timeZone: 'UTC' });
    }
    formats.set(timeZone, format);
  }
  return format;
};
