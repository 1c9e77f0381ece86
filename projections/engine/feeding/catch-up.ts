import { setTimeout as sleep } from 'node:timers/promises';
import { noteOrigin } from '../../../eventstore/positions/origin.ts';
import type { Position } from '../../../eventstore/stored-event.ts';
import { userError } from '../../../platform/errors.ts';
import { type Lease, LeaseLost } from '../../../platform/lease/lease.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import { type Build, findBuild, isAfter, keptUp, listBuilds, recordError } from '../builds/builds.ts';
import { checkStore } from '../builds/check-store.ts';
import { holderName, leaseOf, openBuildLeases } from '../builds/lease.ts';
import { prepareProjections } from '../builds/prepare.ts';
import { query } from '../database.ts';
import { type EngineDeps, feedFar, forLongRun } from './feed.ts';
import { openBuild, type RunningBuild } from './running-build.ts';
import { liveApply } from './settings.ts';

export type CaughtUp = {
  /** Our last event at the start; every projection without an error has reached at least this position. */
  readonly position: Position | null;
  readonly projections: readonly {
    readonly name: string;
    readonly schema: string;
    /** How many events it handled in this run. */
    readonly events: number;
    readonly parked: number;
    readonly error: string | null;
  }[];
};

export type CatchUpOptions = {
  readonly entries?: readonly ProjectionEntry[];
  readonly signal?: AbortSignal;
  /** Called from time to time with the number of events handled so far. */
  readonly onProgress?: (events: number) => void;
  /** How long to wait for another process that feeds a projection, in ms. Default two minutes. */
  readonly patience?: number;
};

/**
 * Brings all read models up to our last event in one pass: live ones, candidates and previous versions. If another
 * process (`openhouse start`) is feeding some, it waits for that.
 *
 * A projection that fails does not hold up the others; its error is in the result.
 * @throws if PostgreSQL or the event store cannot be reached, and the signal's reason if it ends this before all are up
 */
export const catchUp = async (deps: EngineDeps, options: CatchUpOptions = {}): Promise<CaughtUp> => {
  await prepareProjections(deps.db, options.entries ?? projectionEntries);
  await noteOrigin(deps.db, deps.store);
  const builds = await listBuilds(deps.db, keptUp);
  const { position, errors } = await bringUp(deps, builds, options);
  return { position, projections: await summary(deps, builds, errors) };
};

/** Brings builds up to our last event, by feeding them or by waiting for the processes that do. */
export const bringUp = async (
  given: EngineDeps,
  builds: readonly Build[],
  options: CatchUpOptions = {},
): Promise<{ position: Position | null; errors: Map<string, unknown> }> => {
  const deps = forLongRun(given, options.signal);
  const target = await deps.store.lastOwnPosition();
  const errors = new Map<string, unknown>();
  const deadline = Date.now() + (options.patience ?? 120_000);
  let waiting = [...builds];
  while (waiting.length > 0) {
    options.signal?.throwIfAborted();
    const ours = await feedFree(deps, waiting, errors, options);
    // When it was stopped, ours may be behind, too.
    const open = waiting.filter(({ id }) => (options.signal?.aborted ? !errors.has(id) : !ours.has(id)));
    const now = await Promise.all(open.map(({ id }) => findBuild(deps.db, id)));
    waiting = now.filter((build) => build !== undefined && isAfter(target, build.position)) as Build[];
    if (waiting.length > 0 && Date.now() > deadline) {
      for (const build of waiting) errors.set(build.id, stuck(build));
      break;
    }
    if (waiting.length > 0) await sleep(50);
  }
  return { position: target, errors };
};

/** Feeds the builds that no one else feeds. @returns their IDs */
const feedFree = async (
  deps: EngineDeps,
  builds: readonly Build[],
  errors: Map<string, unknown>,
  options: CatchUpOptions,
): Promise<ReadonlySet<string>> => {
  const leases = await openBuildLeases(deps.db, holderName('catch-up'));
  try {
    const taken: { build: Build; lease: Lease }[] = [];
    for (const known of builds) {
      const lease = await leases.take(leaseOf(known));
      const build = lease === null ? undefined : await findBuild(deps.db, known.id);
      if (lease !== null && build !== undefined) taken.push({ build, lease });
    }
    if (taken.length > 0) await feedTaken(deps, taken, errors, options);
    return new Set(taken.map(({ build }) => build.id));
  } finally {
    await leases.close();
  }
};

const feedTaken = async (
  deps: EngineDeps,
  taken: readonly { build: Build; lease: Lease }[],
  errors: Map<string, unknown>,
  options: CatchUpOptions,
): Promise<void> => {
  const runningBuilds: RunningBuild[] = [];
  for (const { build, lease } of taken) {
    try {
      await checkStore(deps.store, build);
      runningBuilds.push(await openBuild(deps.db, build, lease, taken.length));
    } catch (error) {
      errors.set(build.id, error);
    }
  }
  let events = 0;
  const failures =
    runningBuilds.length === 0
      ? new Map<RunningBuild, unknown>()
      : await feedFar(deps, runningBuilds, {
          apply: liveApply,
          until: 'caught-up',
          patience: deps.store.patience.ms,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
          onBatch: (batch) => {
            events += batch.events.length;
            options.onProgress?.(events);
          },
        });
  for (const [running, error] of failures) {
    // Taken over by another process such as `openhouse start`, which will feed it.
    if (!(error instanceof LeaseLost)) errors.set(running.build.id, error);
  }
  for (const { build, lease } of taken) await recordError(deps.db, build.id, lease, messageOf(errors.get(build.id)));
};

const summary = async (deps: EngineDeps, before: readonly Build[], errors: ReadonlyMap<string, unknown>) => {
  const counts = await query<{ build_id: string; parked: string }>(
    deps.db,
    'select build_id, count(*) as parked from ops.projection_parked group by build_id',
  );
  const parked = new Map(counts.map((row) => [row.build_id, Number(row.parked)]));
  const after = new Map((await listBuilds(deps.db)).map((build) => [build.id, build]));
  return before.map(({ id, name, schema, events }) => ({
    name,
    schema,
    events: (after.get(id)?.events ?? events) - events,
    parked: parked.get(id) ?? 0,
    error: messageOf(errors.get(id)),
  }));
};

const messageOf = (error: unknown): string | null =>
  error === undefined ? null : error instanceof Error ? error.message : String(error);

const stuck = (build: Build) =>
  userError(`${build.name} is fed by ${build.holder ?? 'another process'}, which is not making progress`, {
    code: 'projection-stuck',
    hint: '`openhouse projections list` shows what is wrong with it.',
  });
