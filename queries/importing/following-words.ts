import { duration, formatTime } from '../../platform/wording/shown-time.ts';
import { counted, listed } from '../../platform/wording/words.ts';
import type { Following } from './following.ts';

/** How far the old CRM is followed, in a few sentences. */
export const followingInWords = (following: Following, zone: string): string => {
  const { firstPassYN, failure, behindMs, newestChangeAt, oldestNotAppliedAt, deletionsWaiting, collections } =
    following;
  const at = (date: Date) => formatTime(date.toISOString(), zone);
  const swept = collections.filter(({ undated, datedAhead }) => undated + datedAhead > 0);
  const undated = swept.reduce((sum, each) => sum + each.undated + each.datedAhead, 0);
  const late = collections.filter(({ datedLateMs }) => datedLateMs > 0);
  return [
    failure === null ? '' : `not reachable since ${at(failure.since)}`,
    firstPassYN ? 'being read for the first time' : '',
    behindMs === null ? '' : `up to date as of ${duration(behindMs)} ago`,
    newestChangeAt === null ? '' : `newest change seen: ${at(newestChangeAt)}`,
    oldestNotAppliedAt === null ? '' : `oldest change not applied: ${at(oldestNotAppliedAt)}`,
    deletionsWaiting === 0 ? '' : `${counted(deletionsWaiting, 'deletion')} waiting for a person`,
    undated === 0
      ? ''
      : `${counted(undated, 'document')} without a usable date of the last change (in ${listed(
          swept.map(({ collection }) => collection),
          { most: 100 },
        )}), whose changes only sweeps find`,
    late.length === 0
      ? ''
      : `changes come up to ${duration(Math.max(...late.map(({ datedLateMs }) => datedLateMs)))} after their dates (in ${listed(
          late.map(({ collection }) => collection),
          { most: 100 },
        )}), because a clock or a time zone of the old CRM is wrong; each poll looks back that far`,
  ]
    .filter((part) => part !== '')
    .join('; ');
};
