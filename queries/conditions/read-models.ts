import { type Condition, counted, duration } from './condition.ts';

/** Longer than any batch takes while somebody feeds it. */
const behindAfterSeconds = 30;
const unfedAfterSeconds = 10;

export const readModelFailing: Condition = {
  name: 'read-model-failing',
  label: 'A read model cannot go on',
  severity: 'broken',
  detected: 'Whoever feeds it has recorded an error for its live build.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse projections list` shows the error. What was built so far is still served; it is tried again every half minute.',
  href: null,
  needsEventStore: true,
  look: ({ builds }) =>
    builds
      .filter(({ state, error }) => state === 'live' && error !== null)
      .map(({ name, error, errorAt }) => ({
        subject: name,
        text: `The read model ${name} cannot go on: ${error}`,
        since: errorAt,
      })),
};

export const eventsParked: Condition = {
  name: 'events-parked',
  label: 'Events are parked',
  severity: 'attention',
  detected: 'Its live build has parked events: a handler refused one, and those after it of the same record wait.',
  seenWithin: 'at once',
  whatToDo:
    '`openhouse projections parked` says which and why. Fix the handler, then `openhouse projections retry <name>`.',
  href: null,
  needsEventStore: true,
  look: ({ builds }) =>
    builds
      .filter(({ state, parked }) => state === 'live' && parked > 0)
      .map(({ name, parked }) => ({
        subject: name,
        text: `${counted(parked, 'event')} parked by the read model ${name}`,
      })),
};

export const readModelBehind: Condition = {
  name: 'read-model-behind',
  label: 'A read model is behind',
  severity: 'broken',
  detected: `The event store has events for it that it has not had, the oldest for more than ${behindAfterSeconds} s (${unfedAfterSeconds} s when no process feeds it).`,
  seenWithin: '30 s (10 s when no process feeds it)',
  whatToDo:
    'If no process feeds it, run `openhouse start`. Otherwise its log says what holds it up; `openhouse projections list` shows how far it is.',
  href: null,
  needsEventStore: true,
  look: ({ builds }) =>
    builds.flatMap(({ name, state, lagEvents, lagSeconds, holder }) => {
      const patience = holder === null ? unfedAfterSeconds : behindAfterSeconds;
      if (state !== 'live' || !lagEvents || (lagSeconds ?? 0) <= patience) return [];
      const unfed = holder === null ? ', and no process feeds it' : '';
      const waiting = `${counted(lagEvents, 'event')}, the oldest of which has been waiting for ${duration((lagSeconds ?? 0) * 1_000)}`;
      return [{ subject: name, text: `The read model ${name} is behind by ${waiting}${unfed}` }];
    }),
};

export const readModelsMissing: Condition = {
  name: 'read-models-missing',
  label: 'There are no read models',
  severity: 'broken',
  detected: 'An import has appended events, and there is no live build of any read model.',
  seenWithin: 'at once',
  whatToDo: 'Run `openhouse start`: it builds them from the events.',
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
      { subject: 'all', text: 'Events have been imported, and no read model has been built: nothing can be found' },
    ];
  },
};
