import { ago, duration } from '../../platform/wording/shown-time.ts';
import { counted } from '../../platform/wording/words.ts';
import type { Condition, Finding, Look } from './condition.ts';

const followingIn = ({ following }: Look) => following;

/** Following runs every minute, and a large change takes a while. */
const behindMs = 5 * 60_000;
const farBehindMs = 30 * 60_000;

export const legacyUnreachable: Condition = {
  name: 'legacy-unreachable',
  label: 'The old CRM cannot be read',
  severity: 'broken',
  detected:
    'The latest run of following failed because of the MongoDB in MONGO_URL: it does not answer, refuses the user, has none of the collections; or one of them cannot be read, and the others are followed.',
  seenWithin: 'a minute',
  whatToDo:
    'The message gives the cause; docs/moving-off-the-old-crm.md says what to do about each. Everything read so far is kept, and following continues once the cause is gone.',
  href: null,
  look: (look) => {
    const following = followingIn(look);
    if (following === null) return [];
    const { failure, collections, source } = following;
    if (failure !== null) {
      const hint = failure.hint === null ? '' : `. ${failure.hint.replace(/\.$/, '')}`;
      return [{ subject: source, text: `${failure.message}${hint}`, since: failure.since }];
    }
    return collections.flatMap(({ collection, problem }): Finding[] =>
      problem === null
        ? []
        : [
            {
              subject: collection,
              text: `The collection ${collection} of the old CRM cannot be read, so its changes are missing here: ${problem}`,
            },
          ],
    );
  },
};

export const legacyBehind: Condition = {
  name: 'legacy-behind',
  label: 'openhouse is behind the old CRM',
  severity: 'broken',
  detected: `The oldest change that is not applied, or the last check of a collection, is more than ${duration(behindMs)} old (broken after ${duration(farBehindMs)}, attention before). Not during the first pass.`,
  seenWithin: 'at once, after the limit',
  whatToDo:
    '`openhouse jobs follow-legacy` shows what following does. A large change is applied over several minutes; otherwise check that `openhouse start` is running, and why its runs fail or take long.',
  href: null,
  look: (look) => {
    const following = followingIn(look);
    const behind = following?.behindMs ?? 0;
    if (following === null || behind < behindMs) return [];
    const since = new Date(look.now.getTime() - behind);
    const text = `Changes in the old CRM of the last ${duration(behind)} may be missing here`;
    const severity = behind < farBehindMs ? 'attention' : 'broken';
    return [{ subject: following.source, text, since, severity }];
  },
};

export const legacyDeletionsWaiting: Condition = {
  name: 'legacy-deletions-waiting',
  label: 'Deletions in the old CRM wait for a person',
  severity: 'attention',
  detected:
    'Two sweeps in a row found more documents of a collection missing than may be deleted at once (OPENHOUSE_FOLLOW_DELETE_PERCENT), or documents that the mapping used to take and may now leave out.',
  seenWithin: 'the second sweep',
  whatToDo:
    'The Deletions page and `openhouse import confirm-deletes --dry-run` show them. Look at the old CRM first: does MONGO_URL name the right database, and were these documents deleted on purpose, or left out by a change of the mapping? Then confirm the deletions, or keep the records as they are (--keep). If the documents come back, nothing was deleted here.',
  href: '/deletions',
  look: (look) =>
    (followingIn(look)?.collections ?? []).flatMap(({ collection, deletionsWaiting, documents }): Finding[] =>
      deletionsWaiting === 0
        ? []
        : [
            {
              subject: collection,
              text: `${counted(deletionsWaiting, 'document')} of ${collection} ${deletionsWaiting === 1 ? 'is' : 'are'} gone from the old CRM${documents === null ? '' : `, which has ${documents.toLocaleString('en-US')}`}, or left out by the mapping now; nothing was deleted here`,
            },
          ],
    ),
};

/** A sweep that is late by so many of its intervals. */
const sweepsLate = 3;

export const legacySweepOverdue: Condition = {
  name: 'legacy-sweep-overdue',
  label: 'The old CRM has not been swept',
  severity: 'attention',
  detected: `A collection's last sweep is more than ${sweepsLate} intervals (OPENHOUSE_FOLLOW_SWEEP_MINUTES) ago: deletions, and changes without a date, are not seen.`,
  seenWithin: 'at once, after the limit',
  whatToDo:
    '`openhouse jobs follow-legacy` shows what following does. If its runs are always full of changes, or the old server is slow, sweep less often.',
  href: null,
  look: (look) =>
    (followingIn(look)?.collections ?? []).flatMap(({ collection, sweptAt, problem }): Finding[] => {
      const limit = sweepsLate * look.sweepEveryMs;
      if (sweptAt === null || problem !== null || look.now.getTime() - sweptAt.getTime() < limit) return [];
      const text = `${collection} of the old CRM was last swept ${ago(look.now, sweptAt)} ago; it should be every ${duration(look.sweepEveryMs)}`;
      return [{ subject: collection, text, since: sweptAt }];
    }),
};

/** Reading so few documents costs nothing. */
const fewDocuments = 10_000;

export const legacyNotIndexed: Condition = {
  name: 'legacy-not-indexed',
  label: 'The old CRM has no index on the date of the last change',
  severity: 'note',
  detected: `A collection has more than ${fewDocuments.toLocaleString('en-US')} documents, and no index begins with a date that the mapping calls updatedAt.`,
  seenWithin: 'the first sweep',
  whatToDo:
    'Each check for changes, once a minute, makes the old server read the whole collection. An index helps: db.<collection>.createIndex({ updatedAt: 1 }), with the name of that field in the old CRM.',
  href: null,
  look: (look) =>
    (followingIn(look)?.collections ?? []).flatMap(({ collection, notIndexed, documents }): Finding[] =>
      notIndexed !== null && notIndexed.length > 0 && (documents ?? 0) > fewDocuments
        ? [
            {
              subject: collection,
              text: `${collection} of the old CRM (${counted(documents!, 'document')}) has no index on the date of the last change: ${notIndexed.join(', ')}`,
            },
          ]
        : [],
    ),
};
