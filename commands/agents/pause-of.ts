import type { Pause } from '../../domain/agent/index.ts';
import { parseDuration } from '../../platform/wording/duration.ts';

/** A pause as people give it: for a time (`2h`), or from one day to another; without an end, until further notice. */
export type PauseGiven = {
  readonly time?: string | undefined;
  /** `2026-03-31`; missing: today. */
  readonly from?: string | undefined;
  /** The last day away. */
  readonly to?: string | undefined;
};

const isDate = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

/** @param dayOf the agent's day at a moment */
export const pauseOf = (
  { time, from, to }: PauseGiven,
  now: Date,
  dayOf: (at: Date) => string,
): Pause | { readonly problem: string } => {
  const today = dayOf(now);
  if (time !== undefined) {
    if (from !== undefined || to !== undefined) return { problem: 'give either a time span, or days' };
    const ms = parseDuration(time);
    if (ms === null) return { problem: `"${time}" is not a time span of up to a year, such as 2h, 30m or 3d` };
    const until = new Date(now.getTime() + ms);
    return { from: today, to: dayOf(until), until: until.toISOString() };
  }
  const wrong = [from, to].find((date) => date !== undefined && !isDate(date));
  if (wrong !== undefined) return { problem: `"${wrong}" is not a date such as 2026-03-31` };
  return { from: from ?? today, to: to ?? null };
};
