import { setTimeout as sleep } from 'node:timers/promises';
import { noteOrigin } from '../../../eventstore/positions/origin.ts';
import { isConnectionLoss } from '../../../platform/database/database.ts';
import { errorMessage } from '../../../platform/errors.ts';
import { type Lease, LeaseLost } from '../../../platform/lease/lease.ts';
import type { LeaseSession } from '../../../platform/lease/session.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import { type Build, findBuild, keptUp, listBuilds, recordError } from '../builds/builds.ts';
import { checkStore } from '../builds/check-store.ts';
import { holderName, leaseOf, openBuildLeases } from '../builds/lease.ts';
import { prepareProjections } from '../builds/prepare.ts';
import { type EngineDeps, type FeedFailures, feed, feedFar } from './feed.ts';
import { sampleRates } from './rates.ts';
import { openBuild, type RunningBuild } from './running-build.ts';
import { liveApply } from './settings.ts';

export type RunOptions = {
  readonly signal: AbortSignal;
  readonly entries?: readonly ProjectionEntry[];
  /** The name of this process in `openhouse projections list`. */
  readonly holder?: string;
};

/**
 * Feeds all read models until the signal: live ones, candidates and previous versions, all from one subscription to
 * `$all`. A build that is behind (new to this process, or after a failure) first catches up on its own.
 *
 * Any number of processes may run this at once; each build is fed by one of them. If that one dies, another takes over
 * within a second, or within four if it does not respond. Outages of PostgreSQL or the event store are waited out. An
 * error that stops a build is logged, reported, shown in `openhouse projections list`, and retried; the other builds
 * continue.
 */
export const runProjections = async (deps: EngineDeps, options: RunOptions): Promise<void> => {
  const { signal } = options;
  const runner = openRunner(deps, signal, options.holder ?? holderName('openhouse start'));
  await untilDone(deps, signal, 'preparing the projections', async () => {
    await prepareProjections(deps.db, options.entries ?? projectionEntries);
    await noteOrigin(deps.db, deps.store);
  });
  await Promise.all([
    every(deps, signal, scoutEveryMs, 'looking for projections to feed', runner.scout),
    every(deps, signal, 5_000, 'measuring the projections', () => sampleRates(deps.db)),
    runner.feedLive(),
  ]);
  await runner.settle();
};

/** How soon a build that no one feeds is found, in ms (its lease may have to expire first). */
const scoutEveryMs = 500;

const openRunner = (deps: EngineDeps, signal: AbortSignal, holder: string) => {
  const { db, log } = deps;
  let leases: LeaseSession | undefined;
  /** All builds whose lease we hold. */
  const held = new Map<string, RunningBuild>();
  /** Those of `held` that have caught up and share the one subscription. */
  const live = new Set<RunningBuild>();
  const catchingUp = new Set<Promise<void>>();
  const retryAt = new Map<string, { at: number; wait: number }>();
  let round = new AbortController();

  /** Ends the present round of the live feed, so that the next round has other builds. */
  const regroup = () => round.abort();

  const letGo = async (running: RunningBuild, error?: unknown): Promise<void> => {
    const { id, name, schema } = running.build;
    if (!held.delete(id)) return;
    // The live feed continues without it.
    if (live.delete(running)) regroup();
    if (error instanceof LeaseLost) {
      log.info({ projection: name, schema, reason: error.message }, 'this process no longer feeds the projection');
    } else if (error !== undefined) {
      await failed(running.build, running.lease, error);
    }
    await leases?.release(running.lease).catch(() => {}); // it expires by itself
  };

  const failed = async ({ id, name, schema }: Build, lease: Lease, error: unknown): Promise<void> => {
    // PostgreSQL will be back soon; a handler or a table first has to be fixed.
    const wait = isConnectionLoss(error) ? 1_000 : Math.min((retryAt.get(id)?.wait ?? 500) * 2, 30_000);
    retryAt.set(id, { at: Date.now() + wait, wait });
    log.error({ err: error, projection: name, schema, retryInMs: wait }, 'a projection has stopped');
    deps.errors?.report(error, { projection: name, schema });
    await recordError(db, id, lease, errorMessage(error)).catch(() => {});
  };

  const dropFailures = async (failures: FeedFailures): Promise<void> => {
    for (const [running, error] of failures) await letGo(running, error);
  };

  /** Lets builds catch up with the rest, and then join the live feed. */
  const catchUp = async (runningBuilds: readonly RunningBuild[]): Promise<void> => {
    try {
      const failures = await feedFar(deps, runningBuilds, {
        apply: liveApply,
        until: 'caught-up',
        signal,
      });
      await dropFailures(failures);
      for (const running of runningBuilds) {
        if (failures.has(running) || !held.has(running.build.id)) continue;
        retryAt.delete(running.build.id);
        await recordError(db, running.build.id, running.lease, null);
        live.add(running);
      }
      regroup();
    } catch (error) {
      for (const running of runningBuilds) await letGo(running, error);
    }
  };

  /** If the connection that held the leases is gone, so are they, and they are taken again with a new one. */
  const openSession = async (): Promise<LeaseSession> => {
    if (leases?.isOpen()) return leases;
    await leases?.close();
    leases = await openBuildLeases(db, holder);
    return leases;
  };

  const scout = async (): Promise<void> => {
    const taken: RunningBuild[] = [];
    const builds = await listBuilds(db, keptUp);
    const wanted = new Set(builds.map(({ id }) => id));
    for (const running of [...held.values()]) if (!wanted.has(running.build.id)) await letGo(running);
    const session = await openSession();
    for (const known of builds) {
      const { id } = known;
      if (held.has(id) || (retryAt.get(id)?.at ?? 0) > Date.now()) continue;
      const lease = await session.take(leaseOf(known));
      if (lease === null) continue;
      // Read again: it may have been retired or dropped before we had the lease.
      const build = await findBuild(db, id);
      try {
        if (build === undefined || !keptUp.includes(build.state)) {
          await session.release(lease);
          continue;
        }
        await checkStore(deps.store, build);
        const running = await openBuild(db, build, lease, builds.length);
        held.set(id, running);
        lease.lost.addEventListener('abort', () => void letGo(running, lease.lost.reason), { once: true });
        if (lease.lost.aborted) await letGo(running, lease.lost.reason);
        else taken.push(running);
      } catch (error) {
        await failed(build!, lease, error);
        await session.release(lease).catch(() => {});
      }
    }
    if (taken.length === 0) return;
    const work = catchUp(taken);
    catchingUp.add(work);
    void work.finally(() => catchingUp.delete(work));
  };

  const feedLive = async (): Promise<void> => {
    while (!signal.aborted) {
      round = new AbortController();
      const either = AbortSignal.any([signal, round.signal]);
      if (live.size === 0) {
        await sleep(1_000, undefined, { signal: either }).catch(() => {});
        continue;
      }
      const runningBuilds = [...live];
      try {
        // Ends with the round, or when no build is left. Scouting finds the failed ones again.
        await dropFailures(await feed(deps, runningBuilds, { apply: liveApply, until: 'live', signal: either }));
      } catch (error) {
        for (const running of runningBuilds) await letGo(running, error);
      }
    }
  };

  const settle = async (): Promise<void> => {
    await Promise.all(catchingUp);
    for (const running of [...held.values()]) await letGo(running);
    await leases?.close();
  };
  return { scout, feedLive, settle };
};

/** Repeats `work` until the signal; an error (such as a database outage) is logged and not fatal. */
const every = async (
  { log }: EngineDeps,
  signal: AbortSignal,
  ms: number,
  doing: string,
  work: () => Promise<void>,
): Promise<void> => {
  while (!signal.aborted) {
    await work().catch((error: unknown) => log.warn({ err: error }, `${doing} failed; trying again`));
    await sleep(ms, undefined, { signal }).catch(() => {});
  }
};

/** Does `work` once, with as many attempts as it takes. */
const untilDone = async (
  { log }: EngineDeps,
  signal: AbortSignal,
  doing: string,
  work: () => Promise<void>,
): Promise<void> => {
  for (let wait = 200; !signal.aborted; wait = Math.min(wait * 2, 10_000)) {
    try {
      return await work();
    } catch (error) {
      log.error({ err: error }, `${doing} failed; trying again`);
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  }
};
