import { duration } from '../../platform/wording/shown-time.ts';
import { counted, shortened } from '../../platform/wording/words.ts';
import agents from '../../projections/agents/projection.ts';
import leads from '../../projections/leads/projection.ts';
import listingChanges from '../../projections/listing-changes/projection.ts';
import listings from '../../projections/listings/projection.ts';
import savedSearches from '../../projections/saved-searches/projection.ts';
import type { Condition } from './condition.ts';

/** Longer than any batch takes. */
const behindAfterSeconds = 30;
const unfedAfterSeconds = 10;

/** An error can list every column of a table; `openhouse projections list` has all of it. */
const longestError = 300;

export const readModelFailing: Condition = {
  name: 'read-model-failing',
  label: 'A read model has stopped',
  severity: 'broken',
  detected: 'The process that feeds it has recorded an error for its live build.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse projections list` shows the error. The data up to that point is still served, and feeding is retried every half minute.',
  href: null,
  needsEventStore: true,
  look: ({ builds }) =>
    builds
      .filter(({ state, error }) => state === 'live' && error !== null)
      .map(({ name, error, errorAt }) => ({
        subject: name,
        text: `The read model ${name} has stopped: ${shortened(error ?? '', longestError)}`,
        since: errorAt,
      })),
};

export const eventsParked: Condition = {
  name: 'events-parked',
  label: 'Events are parked',
  severity: 'attention',
  detected:
    'A live build has parked events: a handler rejected one, and the later ones of the same record wait behind it.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse projections parked` lists them with the reason. Fix the handler, then run `openhouse projections retry <name>`.',
  href: null,
  needsEventStore: true,
  look: ({ builds }) =>
    builds
      .filter(({ state, parked }) => state === 'live' && parked > 0)
      .map(({ name, parked }) => ({
        subject: name,
        text: `The read model ${name} has parked ${counted(parked, 'event')}`,
      })),
};

/** The versions that this release works with. */
const versions = new Map<string, number>(
  [agents, leads, listingChanges, listings, savedSearches].map(({ name, version }) => [name, version]),
);

export const readModelOutdated: Condition = {
  name: 'read-model-outdated',
  label: 'An older release made a read model',
  severity: 'broken',
  detected: 'The version of its live build is older than the one that this release works with.',
  seenWithin: 'at once',
  whatToDo:
    'If it is being rebuilt, wait: it is promoted by itself. Otherwise run `openhouse start`, which rebuilds it from the events (docs/upgrading.md).',
  href: null,
  needsEventStore: true,
  look: ({ builds }) =>
    builds.flatMap(({ name, state, version }) => {
      const needed = versions.get(name);
      if (state !== 'live' || needed === undefined || version >= needed) return [];
      const rebuilt = builds.some(
        (build) => build.name === name && build.state === 'building' && build.holder !== null,
      );
      return [
        {
          subject: name,
          text: `The read model ${name} is of version ${version}, and this release works with version ${needed}: it is ${rebuilt ? '' : 'not '}being rebuilt`,
          ...(rebuilt ? { severity: 'attention' as const } : {}),
        },
      ];
    }),
};

export const readModelBehind: Condition = {
  name: 'read-model-behind',
  label: 'A read model is behind',
  severity: 'broken',
  detected: `It has not applied events that were appended more than ${behindAfterSeconds} s ago (${unfedAfterSeconds} s when no process feeds it).`,
  seenWithin: '30 s (10 s when no process feeds it)',
  whatToDo:
    'If no process feeds it, run `openhouse start`. Otherwise check the log of the process that does; `openhouse projections list` shows its progress.',
  href: null,
  needsEventStore: true,
  look: ({ builds }) =>
    builds.flatMap(({ name, state, lagEvents, lagSeconds, holder }) => {
      const patience = holder === null ? unfedAfterSeconds : behindAfterSeconds;
      if (state !== 'live' || !lagEvents || (lagSeconds ?? 0) <= patience) return [];
      const unfed = holder === null ? ', and no process feeds it' : '';
      const lag = `${counted(lagEvents, 'event')} (${duration((lagSeconds ?? 0) * 1_000)})`;
      return [{ subject: name, text: `The read model ${name} is behind by ${lag}${unfed}` }];
    }),
};

export const readModelsMissing: Condition = {
  name: 'read-models-missing',
  label: 'There are no read models',
  severity: 'broken',
  detected: 'An import has appended events, but no read model has a live build.',
  seenWithin: 'at once',
  whatToDo: 'Run `openhouse start`, which builds them from the events.',
  href: null,
  look: async ({ db, builds }) => {
    if (builds.some(({ state }) => state === 'live')) return [];
    const [built] = await db
      .selectFrom('ops.projectionBuild')
      .select('id')
      .where('state', '=', 'live')
      .limit(1)
      .execute()
      .catch(() => []);
    if (built !== undefined) return [];
    const [imported] = await db
      .selectFrom('ops.importRun')
      .select('startedAt')
      .where('events', '>', '0')
      .limit(1)
      .execute();
    if (imported === undefined) return [];
    return [
      {
        subject: 'all',
        text: 'Events have been imported, but no read model has been built, so no record can be found',
      },
    ];
  },
};
