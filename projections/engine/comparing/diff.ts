import type { Position } from '../../../eventstore/stored-event.ts';
import { userError } from '../../../platform/errors.ts';
import type { Lease } from '../../../platform/lease/lease.ts';
import { type Build, findBuild, isAfter } from '../builds/builds.ts';
import { chooseBuilds, lockStates, pauseFeeding } from '../builds/choose.ts';
import { holderName, whileHolding } from '../builds/lease.ts';
import type { Database } from '../database.ts';
import { bringUp } from '../feeding/catch-up.ts';
import { type EngineDeps, feed } from '../feeding/feed.ts';
import { openBuild } from '../feeding/running-build.ts';
import { liveApply } from '../feeding/settings.ts';
import { explainSamples } from './diff-events.ts';
import { compareTables, type TableDiff } from './diff-tables.ts';

export type ProjectionDiff = {
  readonly name: string;
  readonly live: string;
  readonly candidate: string;
  /** The position of both when they were compared. */
  readonly position: Position | null;
  readonly equal: boolean;
  readonly tables: readonly TableDiff[];
};

export type DiffOptions = {
  /** The schema to compare with the live one; default: the candidate, otherwise the previous version. */
  readonly against?: string;
  /** How many differing rows to show for each kind and table. Default 5. */
  readonly samples?: number;
  /** How long to try to get both to the same position, in ms. Default 60 s. */
  readonly patience?: number;
};

/**
 * Compares a candidate with the live model at exactly the same position, while both keep being fed: the candidate is
 * held at the live one's position for the moment that it takes to get a snapshot of both.
 *
 * @throws UserError if there is nothing to compare, or the two cannot be brought to the same position
 */
export const diffProjection = async (
  deps: EngineDeps,
  name: string,
  options: DiffOptions = {},
): Promise<ProjectionDiff> => {
  const { live, candidate, previous, all } = await chooseBuilds(deps.db, name);
  const other =
    options.against === undefined
      ? (candidate ?? previous)
      : all.find(({ schema, state }) => schema === options.against && state !== 'live');
  if (other === undefined) throw nothingToCompare(live, options.against);
  if (other.state === 'building' && other.holder !== null) {
    throw userError(`${other.schema} is still being built by ${other.holder}`, {
      code: 'candidate-unfinished',
      hint: 'Wait until it has caught up; `openhouse projections list` shows how far it is.',
    });
  }
  await bringUp(deps, [live, other], { patience: options.patience ?? 60_000 });
  return await atOnePosition(deps, live, other, options.patience ?? 60_000, async (snapshot, position) => {
    const tables = await compareTables(snapshot, live, other, options.samples ?? 5);
    const explained = await explainSamples(deps.store, live, other, position, tables);
    const equal = explained.every(({ columns, onlyInLive, onlyInCandidate, differing }) => {
      const sameColumns = columns.onlyInLive.length + columns.onlyInCandidate.length === 0;
      return sameColumns && onlyInLive.count + onlyInCandidate.count + differing.count === 0;
    });
    return { name, live: live.schema, candidate: other.schema, position, equal, tables: explained };
  });
};

/** Calls `work` with a repeatable-read transaction in which both builds are at the same position. */
const atOnePosition = async <Result>(
  deps: EngineDeps,
  live: Build,
  other: Build,
  patience: number,
  work: (snapshot: Database, position: Position | null) => Promise<Result>,
): Promise<Result> => {
  const held = await holdAtOnePosition(deps, live, other, Date.now() + patience);
  try {
    return await deps.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (snapshot) => {
        const [a, b] = [await findBuild(snapshot, live.id), await findBuild(snapshot, other.id)];
        if (a === undefined || b === undefined) throw gone(live, other);
        if (isAfter(a.position, b.position) || isAfter(b.position, a.position)) throw notAligned(live, other);
        // The snapshot does not change, whatever is written from now on.
        held.release();
        return await work(snapshot, a.position);
      });
  } finally {
    held.release();
    await held.done;
  }
};

/**
 * Holds the live build where it is (its next batch waits), brings the other one to exactly that position, and keeps
 * both there until `release`.
 */
const holdAtOnePosition = async (
  deps: EngineDeps,
  live: Build,
  other: Build,
  deadline: number,
): Promise<{ release(): void; done: Promise<void> }> => {
  const { db } = deps;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let done: Promise<void> = Promise.resolve();
  await new Promise<void>((ready, failed) => {
    // The process that feeds it notices at its next batch, and takes it back when we are done. A rebuild is not
    // interrupted.
    const holding = { holder: holderName('diff'), force: other.state !== 'building' };
    done = whileHolding(db, other, holding, async (lease) => {
      while (!(await alignOnce(deps, live, other, lease, ready, released))) {
        // The other one is ahead, so hold it until the live one gets there.
        if (Date.now() > deadline) throw notAligned(live, other);
        await bringUp(deps, [live], { patience: Math.max(0, deadline - Date.now()) });
      }
      return true;
    }).then((held) => {
      if (held === undefined) failed(gone(live, other));
    }, failed);
  });
  return { release, done };
};

/** Returns whether it worked; it does not if the other build is ahead of the live one. */
const alignOnce = async (
  deps: EngineDeps,
  live: Build,
  other: Build,
  lease: Lease,
  ready: () => void,
  released: Promise<void>,
): Promise<boolean> =>
  await deps.db.transaction().execute(async (trx) => {
    await lockStates(trx, live.name);
    await pauseFeeding(trx, [live]);
    const now = await findBuild(trx, live.id);
    if (now === undefined) throw gone(live, other);
    const { position } = now;
    const at = (await findBuild(deps.db, other.id))?.position ?? null;
    if (isAfter(at, position)) return false;
    if (position !== null) await bringTo(deps, other, lease, position);
    ready();
    await released;
    return true;
  });

const bringTo = async (deps: EngineDeps, build: Build, lease: Lease, position: Position): Promise<void> => {
  const now = await findBuild(deps.db, build.id);
  if (now === undefined) throw gone(build, build);
  const running = await openBuild(deps.db, now, lease);
  const failures = await feed(deps, [running], { apply: liveApply, until: position, patience: 30_000 });
  for (const error of failures.values()) throw error;
};

const gone = (live: Build, other: Build) =>
  userError(`${live.schema} or ${other.schema} was dropped or rebuilt during the comparison`, { code: 'build-gone' });

const notAligned = (live: Build, other: Build) =>
  userError(`${live.schema} and ${other.schema} could not be brought to the same position`, {
    code: 'diff-not-aligned',
    hint: 'One of them is stuck; `openhouse projections list` shows why.',
  });

const nothingToCompare = ({ name, schema }: Build, against: string | undefined) => {
  if (against === schema) {
    return userError(`${schema} is the live build of ${name} itself`, {
      code: 'build-live',
      hint: 'Choose another build to compare it with: openhouse projections list',
    });
  }
  return userError(`${name} has ${against === undefined ? 'no candidate' : `no build in ${against}`}`, {
    code: 'candidate-missing',
    hint: `Build one: openhouse projections rebuild ${name}`,
  });
};
