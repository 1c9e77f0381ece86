import { aggregateNames } from '../../../domain/events.ts';
import { type EventStore, forLongWork } from '../../../eventstore/event-store.ts';
import { isForeignPosition } from '../../../eventstore/positions/mark.ts';
import type { Position } from '../../../eventstore/stored-event.ts';
import { type EventBatch, subscribeToAll } from '../../../eventstore/subscribe.ts';
import { LeaseLost } from '../../../platform/lease/lease.ts';
import type { Logger } from '../../../platform/logging/log.ts';
import { findBuild, isAfter } from '../builds/builds.ts';
import { checkStore } from '../builds/check-store.ts';
import type { Database } from '../database.ts';
import { applyBatch } from './apply.ts';
import type { ParkedEvent } from './fold.ts';
import type { RunningBuild } from './running-build.ts';
import { type ApplyOptions, catchUpBatch, writeBehindBatch } from './settings.ts';
import { openWriteBehind, RowRefused } from './write-behind.ts';
import { advance } from './writing/checkpoint.ts';

/** What the engine needs. `errors` reports what someone has to fix (Sentry), with searchable tags. */
export type EngineDeps = {
  readonly db: Database;
  readonly store: EventStore;
  readonly log: Logger;
  readonly errors?: { report(error: unknown, tags?: Record<string, string>): void };
};

/** The same for long runs, which wait for the event store for minutes. */
export const forLongRun = ({ db, store, log, errors }: EngineDeps, signal?: AbortSignal): EngineDeps => ({
  db,
  log,
  store: forLongWork(store, signal),
  ...(errors === undefined ? {} : { errors }),
});

export type FeedOptions = {
  readonly apply: ApplyOptions;
  /**
   * `caught-up`: until everything that was there at the start has been applied; a position: up to it; `live`: until the
   * signal.
   */
  readonly until: 'caught-up' | 'live' | Position;
  /** Stops before the first event that was recorded later. */
  readonly recordedUntil?: Date;
  readonly signal?: AbortSignal;
  readonly minBatch?: number;
  readonly maxBatch?: number;
  /** How long to keep trying while the event store cannot be reached, in ms. */
  readonly patience?: number;
  readonly onBatch?: (batch: EventBatch) => void;
  /**
   * Keep changes in memory over many batches and write them from time to time, so that a row that changes ten times is
   * written once; after a crash more has to be read again. If the database rejects a row, the build fails with
   * `RowRefused`, to be fed again without this (see `feedFar`).
   */
  readonly writeBehind?: boolean;
};

/** The error that stopped each build; the others were fed to the end. */
export type FeedFailures = Map<RunningBuild, unknown>;

/**
 * Feeds builds from one subscription to `$all`. It starts at the position of the build that is furthest behind, and
 * each build takes the events that it has not had. Every build has its own transactions, so that a failing one does not
 * hold up the others; the next batch is read while this one is being written.
 */
export const feed = async (
  deps: EngineDeps,
  runningBuilds: readonly RunningBuild[],
  options: FeedOptions,
): Promise<FeedFailures> => {
  const failures: FeedFailures = new Map();
  try {
    await feedAll(deps, runningBuilds, options, failures);
  } catch (error) {
    if (!isForeignPosition(error)) throw error;
    // Some of these builds were made from another event store; their own positions show which.
    for (const running of runningBuilds) {
      if (failures.has(running)) continue;
      failures.set(running, (await misfitOf(deps, running)) ?? error);
    }
  }
  return failures;
};

/**
 * Feeds builds that may be far behind, with large and few writes. Those of which the database rejects a row are fed again in
 * smaller batches, which finds the row.
 */
export const feedFar = async (
  deps: EngineDeps,
  runningBuilds: readonly RunningBuild[],
  options: Omit<FeedOptions, 'writeBehind' | 'minBatch' | 'maxBatch'>,
): Promise<FeedFailures> => {
  const failures = await feed(deps, runningBuilds, { ...options, ...writeBehindBatch, writeBehind: true });
  const again = [...failures].filter(([, error]) => error instanceof RowRefused).map(([running]) => running);
  if (again.length === 0) return failures;
  for (const running of again) failures.delete(running);
  for (const [running, error] of await feed(deps, again, { ...options, ...catchUpBatch })) failures.set(running, error);
  return failures;
};

const feedAll = async (
  deps: EngineDeps,
  runningBuilds: readonly RunningBuild[],
  options: FeedOptions,
  failures: FeedFailures,
): Promise<void> => {
  const { until, recordedUntil } = options;
  const limit = typeof until === 'string' ? null : until;
  const target = until === 'live' ? null : (limit ?? (await deps.store.lastOwnPosition()));
  if (until === 'caught-up' && target === null) return;
  const done = (position: Position | null, caughtUp: boolean): boolean =>
    target !== null && (caughtUp || !isAfter(target, position));
  const after = furthestBehind(runningBuilds);
  if (done(after, false)) return;

  // A live feed also gets our events that no build reads (such as who owns a record type): it is the position after our last
  // event that others wait for, and what a filter leaves out moves it only once in a thousand events.
  const categories =
    until === 'live' ? aggregateNames : new Set(runningBuilds.flatMap(({ sandbox }) => sandbox.projection.categories));
  const batches = subscribeToAll(deps.store, {
    after,
    streamPrefixes: [...categories].map((category) => `${category}-`),
    maxBatch: options.maxBatch ?? 10_000,
    minBatch: options.minBatch ?? 1,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.patience === undefined ? {} : { patience: options.patience }),
    onInterruption: (error, waiting) => {
      deps.store.patience.onWaiting?.(waiting);
      const { waitedMs } = waiting;
      deps.log.warn({ err: error, waitedMs }, 'the subscription of the projections was interrupted; trying again');
    },
  });
  const behind = options.writeBehind
    ? openWriteBehind(deps.db, options.apply, (running, parked) => reportParked(deps, running, parked))
    : null;
  const note = (more: ReadonlyMap<RunningBuild, unknown>) => {
    for (const [running, error] of more) failures.set(running, error);
  };
  try {
    for await (const batch of batches) {
      const end = endOf(batch, limit, recordedUntil);
      const cut = end < 0 ? batch : { ...batch, events: batch.events.slice(0, end) };
      const working = runningBuilds.filter((running) => !failures.has(running));
      const finished = end >= 0 || done(batch.position, batch.caughtUp);
      const position = finished ? (limit ?? endPosition(batch, cut, target, recordedUntil)) : batch.position;
      if (position !== null) {
        const last = finished || batch.caughtUp || (options.signal?.aborted ?? false);
        if (behind === null) await applyToAll(deps, working, { ...cut, position }, options.apply, failures);
        else note(await behind.apply(working, cut.events, position, last));
      }
      options.onBatch?.(cut);
      if (finished || failures.size === runningBuilds.length) break;
    }
  } finally {
    if (behind !== null) note(await behind.settle());
  }
};

const misfitOf = async ({ db, store }: EngineDeps, { build }: RunningBuild): Promise<unknown> =>
  await checkStore(store, (await findBuild(db, build.id)) ?? build).then(
    () => undefined,
    (error: unknown) => error,
  );

/** The index of the first event that is beyond the end of a feed; -1 if all of them count. */
const endOf = ({ events }: EventBatch, limit: Position | null, recordedUntil: Date | undefined): number =>
  limit === null && recordedUntil === undefined
    ? -1
    : events.findIndex(
        ({ position, created }) =>
          (limit !== null && isAfter(position, limit)) || (recordedUntil !== undefined && created > recordedUntil),
      );

const applyToAll = async (
  deps: EngineDeps,
  runningBuilds: readonly RunningBuild[],
  { events, position }: { readonly events: EventBatch['events']; readonly position: Position },
  options: ApplyOptions,
  failures: FeedFailures,
): Promise<void> => {
  const busy = runningBuilds.filter((running) => events.some(running.concerns));
  const idle = runningBuilds.filter((running) => !busy.includes(running));
  await Promise.all([
    ...busy.map(async (running) => {
      try {
        reportParked(deps, running, await applyBatch(deps.db, running, events, position, options));
      } catch (error) {
        failures.set(running, error);
      }
    }),
    advance(deps.db, idle, position, events.at(-1)).then(
      (lost) => {
        for (const running of lost) failures.set(running, new LeaseLost(running.lease.name));
      },
      (error) => {
        for (const running of idle) failures.set(running, error);
      },
    ),
  ]);
};

const reportParked = (deps: EngineDeps, running: RunningBuild, parked: readonly ParkedEvent[]): void => {
  for (const { event, cause } of parked) {
    if (cause === 'follows') continue;
    // Without the message, which may quote the event's data; `openhouse projections parked` shows it.
    const about = { projection: running.build.name, schema: running.build.schema, eventType: event.type, cause };
    deps.log.error({ ...about, stream: event.streamName, revision: String(event.revision) }, 'an event was parked');
    deps.errors?.report(new Error(`${running.build.name} parked an event: ${cause}`), about);
  }
};

const furthestBehind = (runningBuilds: readonly RunningBuild[]): Position | null =>
  runningBuilds
    .map(({ position }) => position)
    .reduce((least, position) => (isAfter(least, position) ? position : least), runningBuilds[0]?.position ?? null);

/**
 * The position after a feed's last batch. Everything up to the target is then done, including what the filter left out;
 * if a date ended the feed, only what was seen.
 */
const endPosition = (
  batch: EventBatch,
  cut: EventBatch,
  target: Position | null,
  recordedUntil: Date | undefined,
): Position | null => {
  if (recordedUntil !== undefined) return cut.events.at(-1)?.position ?? null;
  return isAfter(target, batch.position) ? target : batch.position;
};
