import { localTime } from '../../matching/working-hours.ts';
import type { AgentAtWork } from './agents-at-work.ts';

type Paused = Pick<AgentAtWork, 'pausedFrom' | 'pausedTo' | 'pausedUntil' | 'timeZone'>;

/**
 * A pause that has not ended, as people say it: `until Dec 9`, `from Dec 1 to Dec 9`, `until further notice`; `null`: there is none.
 *
 * @param timeZone for agents without their own
 * @param moment how a moment is shown
 */
export const pauseInWords = (
  { pausedFrom, pausedTo, pausedUntil, timeZone: own }: Paused,
  now: Date,
  timeZone: string,
  moment: (at: Date) => string,
): string | null => {
  if (pausedFrom === null) return null;
  const today = localTime(now, own ?? timeZone).date;
  const over = pausedUntil === null ? pausedTo !== null && pausedTo < today : pausedUntil <= now;
  if (over) return null;
  const day = (date: string) => dayInWords(date, today);
  const end = pausedUntil !== null ? moment(pausedUntil) : pausedTo === null ? null : day(pausedTo);
  if (pausedFrom <= today) return `until ${end ?? 'further notice'}`;
  return end === null ? `from ${day(pausedFrom)} until further notice` : `from ${day(pausedFrom)} to ${end}`;
};

/** `Dec 9`, with the year when it is not this one. */
const dayInWords = (date: string, today: string): string =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: 'UTC',
    month: 'short',
    day: 'numeric',
    ...(date.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' }),
  }).format(new Date(`${date}T00:00:00Z`));
