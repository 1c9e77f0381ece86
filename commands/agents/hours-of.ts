import type { AgentFields } from '../../domain/agent/index.ts';
import { type DayOfWeek, dayNamed, dayNames, daysFrom } from '../../domain/days-of-week.ts';

type Hours = NonNullable<AgentFields['hours']>;

const entry = /^([a-z]+)(?:\s*[-–]\s*([a-z]+))?\s+(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?$/;

const minutes = (hour: string, minute = '00'): number => Number(hour) * 60 + Number(minute);
const time = (at: number): string =>
  `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;

/**
 * Working hours as people give them: `mon-fri 9:00-17:00, sat 10-14`, in 24-hour time; or `none` for at any time.
 * Days that are not named are days off. Hours that end before they start (`fri 20:00-2:00`) continue past midnight.
 */
export const hoursOf = (text: string): { readonly hours: Hours | null } | { readonly problem: string } => {
  const given = text.trim().toLowerCase();
  if (given === 'none') return { hours: null };
  const problem = (part: string, why: string) => ({ problem: `"${part}" ${why}` });
  const hours: Partial<Record<DayOfWeek, [string, string]>> = {};
  for (const part of given.split(/[,;]/).map((one) => one.trim())) {
    const [, first = '', last, fromHour = '', fromMinute, toHour = '', toMinute] = entry.exec(part) ?? [];
    const [from, to] = [dayNamed(first), dayNamed(last ?? first)];
    if (from === undefined || to === undefined) return problem(part, 'is not working hours such as mon-fri 9:00-17:00');
    const [start, end] = [minutes(fromHour, fromMinute), minutes(toHour, toMinute)];
    if (
      Number(fromMinute ?? 0) > 59 ||
      Number(toMinute ?? 0) > 59 ||
      start === end ||
      start >= 24 * 60 ||
      end > 24 * 60
    ) {
      return problem(part, 'is not a span of 24-hour time such as 09:00-17:00');
    }
    for (const day of daysFrom(from, to)) {
      if (hours[day] !== undefined) return problem(part, `names ${dayNames[day]} twice`);
      hours[day] = [time(start), time(end)];
    }
  }
  return { hours };
};
