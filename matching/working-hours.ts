import type { AgentFields } from '../domain/agent/index.ts';

const days = { Mon: 'mon', Tue: 'tue', Wed: 'wed', Thu: 'thu', Fri: 'fri', Sat: 'sat', Sun: 'sun' } as const;

const dayBefore = { mon: 'sun', tue: 'mon', wed: 'tue', thu: 'wed', fri: 'thu', sat: 'fri', sun: 'sat' } as const;

export type LocalTime = {
  readonly date: string;
  readonly day: (typeof days)[keyof typeof days];
  readonly time: string;
};

/** The local day and time in a time zone: `{ date: '2026-03-31', day: 'tue', time: '14:05' }`. */
export const localTime = (now: Date, timeZone: string): LocalTime => {
  const known = lastAsked.get(timeZone);
  const minute = Math.floor(now.getTime() / 60_000);
  if (known?.minute === minute) return known.answer;
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  const answer = {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    day: days[parts.weekday as keyof typeof days],
    time: `${parts.hour}:${parts.minute}`,
  };
  lastAsked.set(timeZone, { minute, answer });
  return answer;
};

/** Cached, because every lead and agent asks for the same minute, and Intl takes 20 µs. */
const lastAsked = new Map<string, { minute: number; answer: LocalTime }>();

/** Whether an agent is working now. Hours that end before they start continue past midnight into the next day. */
export const atWork = (hours: NonNullable<AgentFields['hours']>, now: Date, timeZone: string): boolean => {
  const today = localTime(now, timeZone);
  const span = hours[today.day];
  if (span !== undefined) {
    const [from, to] = span;
    if (from <= to ? today.time >= from && today.time < to : today.time >= from) return true;
  }
  const before = hours[dayBefore[today.day]];
  return before !== undefined && before[0] > before[1] && today.time < before[1];
};

/** The interval at which `nextAtWork` looks, in minutes. Hours usually begin on the hour or half hour. */
const stepMinutes = 15;

/** When the agent works next, to within a quarter of an hour: now, or within the next eight days; `null` when not even then. */
export const nextAtWork = (hours: NonNullable<AgentFields['hours']>, now: Date, timeZone: string): Date | null => {
  if (atWork(hours, now, timeZone)) return now;
  const first = Math.ceil(now.getTime() / (stepMinutes * 60_000));
  for (let step = 0; step < (8 * 24 * 60) / stepMinutes; step++) {
    const at = new Date((first + step) * stepMinutes * 60_000);
    if (atWork(hours, at, timeZone)) return at;
  }
  return null;
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** Cached, because creating a formatter takes far longer than using it. An unknown time zone counts as UTC. */
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
