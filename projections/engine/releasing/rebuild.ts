import type { Position } from '../../../eventstore/stored-event.ts';
import { explainDatabaseError } from '../../../platform/database/database.ts';
import { errorMessage, userError } from '../../../platform/errors.ts';
import { holdLease, LeaseLost } from '../../../platform/lease/lease.ts';
import type { LeaseSession } from '../../../platform/lease/session.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import { findBuild, recordError } from '../builds/builds.ts';
import { checkStore } from '../builds/check-store.ts';
import { chooseBuilds, parkedCount, unknownProjection } from '../builds/choose.ts';
import type { ProjectionCode } from '../builds/code.ts';
import { createBuild } from '../builds/create-build.ts';
import { removeBuildHolding } from '../builds/drop.ts';
import { holderName, leaseOf, openBuildLeases } from '../builds/lease.ts';
import { prepareProjections } from '../builds/prepare.ts';
import { analyzeStatements, indexStatements } from '../builds/tables.ts';
import { type Database, execute, query } from '../database.ts';
import { EventRefused } from '../feeding/apply.ts';
import { type EngineDeps, type FeedFailures, feedFar, forLongRun } from '../feeding/feed.ts';
import { type BuildProgress, progressOf } from '../feeding/progress.ts';
import { openBuild, type RunningBuild } from '../feeding/running-build.ts';
import { rebuildApply } from '../feeding/settings.ts';

export type RebuildOptions = {
  /** Park events that a handler rejects and continue; otherwise the rebuild stops there. */
  readonly park?: boolean;
  /** Start again even if an interrupted rebuild could be resumed. */
  readonly fromStart?: boolean;
  readonly entries?: readonly ProjectionEntry[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
};

export type Rebuilt = {
  readonly name: string;
  readonly schema: string;
  readonly resumed: boolean;
  readonly position: Position | null;
  readonly events: number;
  readonly parked: number;
};

/**
 * Builds candidates from the code on disk, next to the live tables and from the first event, all in one pass. Run again
 * after a crash (or Ctrl-C), it resumes, unless the code has changed: then it starts again. Afterwards the process that
 * runs the projections feeds the candidates.
 *
 * @param names of projections; `'all'` for every one
 * @throws UserError if one of them is already being rebuilt, if a handler rejects an event (without `park`), or if the
 * disk is full; what was built is kept for the next attempt, and the live model is never touched
 */
export const rebuild = async (
  given: EngineDeps,
  names: readonly string[] | 'all',
  options: RebuildOptions = {},
): Promise<Rebuilt[]> => {
  const deps = forLongRun(given, options.signal);
  const codes = await prepareProjections(deps.db, options.entries ?? projectionEntries);
  const wanted = names === 'all' ? codes : names.map((name) => codeOf(codes, name));
  const leases = await openBuildLeases(deps.db, holderName('rebuild'));
  try {
    const taken = await allDone(wanted.map((code) => takeCandidate(deps.db, leases, code, options.fromStart ?? false)));
    const runningBuilds = await Promise.all(
      taken.map(({ build, lease }) => openBuild(deps.db, build, lease, taken.length)),
    );
    for (const { build } of taken) await checkStore(deps.store, build);
    await feedCandidates(deps, runningBuilds, options);
    return await Promise.all(
      taken.map(async ({ build: { id, name, schema }, resumed }) => {
        const now = await findBuild(deps.db, id);
        const { position = null, events = 0 } = now ?? {};
        return { name, schema, resumed, position, events, parked: await parkedCount(deps.db, id) };
      }),
    );
  } finally {
    await leases.close();
  }
};

const codeOf = (codes: readonly ProjectionCode[], name: string): ProjectionCode => {
  const code = codes.find(({ projection }) => projection.name === name);
  if (code !== undefined) return code;
  throw unknownProjection(
    name,
    codes.map(({ projection }) => projection.name),
  );
};

/** The results of all, once none is still at work. @throws the first failure */
const allDone = async <Result>(work: readonly Promise<Result>[]): Promise<Result[]> => {
  await Promise.allSettled(work);
  return await Promise.all(work);
};

/** The candidate of an interrupted rebuild if it has the same code, otherwise a new one that replaces any other. */
const takeCandidate = async (db: Database, leases: LeaseSession, code: ProjectionCode, fromStart: boolean) => {
  const { candidate } = await chooseBuilds(db, code.projection.name);
  if (candidate !== undefined) {
    if (candidate.state === 'building') {
      const lease = await leases.take(leaseOf(candidate));
      if (lease === null) throw underWay(candidate);
      const build = (await findBuild(db, candidate.id))!;
      if (!fromStart && build.codeHash === code.hash) return { build, lease, resumed: true };
    }
    await removeBuildHolding(db, leases, candidate);
  }
  const build = await createBuild(db, code, 'building').catch((error: unknown) => {
    // Another process has created a candidate since we looked.
    if ((error as { code?: string }).code === '23505') throw underWay({ ...code.projection, holder: null });
    throw error;
  });
  const lease = await leases.take(leaseOf(build));
  if (lease === null) throw underWay(build);
  return { build, lease, resumed: false };
};

const underWay = ({ name, holder }: { readonly name: string; readonly holder: string | null }) =>
  userError(`${name} is already being rebuilt by ${holder ?? 'another process'}`, {
    code: 'rebuild-under-way',
    hint: 'Wait for it or stop it; `openhouse projections list` shows how far it is.',
  });

const feedCandidates = async (
  deps: EngineDeps,
  runningBuilds: readonly RunningBuild[],
  options: RebuildOptions,
): Promise<void> => {
  const pass = async (some: readonly RunningBuild[]): Promise<FeedFailures> => {
    const failures = await feedFar(deps, some, {
      apply: { ...rebuildApply, park: options.park ?? false },
      until: 'caught-up',
      patience: deps.store.patience.ms,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onBatch: progressOf(some, await deps.store.lastOwnPosition(), options.onProgress),
    });
    for (const [running, error] of failures) {
      await recordError(deps.db, running.build.id, running.lease, errorMessage(error)).catch(() => {});
    }
    return failures;
  };
  const failures = await pass(runningBuilds);
  const stillGood = () => runningBuilds.filter((running) => !failures.has(running));
  /** For all at the same time, each on a connection of its own. */
  const forEachGood = async (work: (running: RunningBuild) => Promise<void>) => {
    await allDone(
      stillGood().map(async (running) => {
        await work(running).catch((error: unknown) => {
          if (!(error instanceof LeaseLost)) throw error;
          failures.set(running, error);
        });
      }),
    );
  };
  if (!options.signal?.aborted) {
    await forEachGood((running) => finishTables(deps.db, running));
    // Events that were appended while the indexes were being created.
    const good = stillGood();
    if (good.length > 0) for (const [running, error] of await pass(good)) failures.set(running, error);
    if (!options.signal?.aborted) await forEachGood((running) => markReady(deps.db, running));
  }
  const [failure] = failures;
  if (failure !== undefined) throw explain(failure[0], failure[1]);
  if (options.signal?.aborted) {
    throw userError('the rebuild was stopped', {
      code: 'rebuild-stopped',
      hint: 'What was built is kept; run the same command to resume.',
      exitCode: 130,
    });
  }
};

const finishTables = async (
  db: Database,
  { build: { schema }, lease, sandbox: { projection } }: RunningBuild,
): Promise<void> => {
  await db.transaction().execute(async (trx) => {
    await holdLease(trx, lease);
    for (const statement of indexStatements(schema, projection)) await query(trx, statement);
    for (const statement of analyzeStatements(schema, projection)) await query(trx, statement);
  });
};

const markReady = async (db: Database, { build: { id }, lease }: RunningBuild): Promise<void> => {
  const marked = await execute(
    db,
    `update ops.projection_build set caught_up_at = now(), error = null, error_at = null,
       state = case state when 'building' then 'ready' else state end
     where id = $1 and ops.hold_lease($2, $3)`,
    [id, lease.name, lease.token],
  );
  if (marked === 0) throw new LeaseLost(lease.name);
};

const explain = ({ build: { name } }: RunningBuild, error: unknown): unknown => {
  if (error instanceof EventRefused) {
    return userError(`the rebuild of ${name} stopped at ${error.message}`, {
      code: 'event-refused',
      hint: `Fix the handler and rebuild again, or continue without that record: openhouse projections rebuild ${name} --park`,
      cause: error,
    });
  }
  if (error instanceof LeaseLost) {
    return userError(`the rebuild of ${name} was taken over or dropped by another process`, { code: 'rebuild-lost' });
  }
  return explainDatabaseError(error) ?? error;
};
