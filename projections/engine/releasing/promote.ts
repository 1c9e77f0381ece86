import { setTimeout as sleep } from 'node:timers/promises';
import type { Position } from '../../../eventstore/stored-event.ts';
import { userError } from '../../../platform/errors.ts';
import { type Build, isAfter } from '../builds/builds.ts';
import { type Builds, chooseBuilds, lockStates, parkedBeyond, parkedCount, pauseFeeding } from '../builds/choose.ts';
import { openSandbox } from '../builds/sandbox.ts';
import { indexStatements } from '../builds/tables.ts';
import { pointViewsAt } from '../builds/views.ts';
import { type Database, query } from '../database.ts';
import { bringUp } from '../feeding/catch-up.ts';
import type { EngineDeps } from '../feeding/feed.ts';
import { checkShape } from '../feeding/running-build.ts';

export type Switched = {
  readonly name: string;
  /** The schema that readers saw, and the one that they see now. */
  readonly from: string;
  readonly to: string;
  readonly position: Position | null;
};

export type SwitchOptions = {
  /** Even if the build is behind, unfinished, or has parked events. */
  readonly force?: boolean;
  /**
   * A newer release replaces the builds of an older one: the live build and the previous one are retired, and parked
   * events are allowed for records that also have some in the live build.
   */
  readonly replacing?: boolean;
  /** How long to wait for the build to reach the live one's position, in ms. Default 15 s. */
  readonly patience?: number;
};

/**
 * Makes the candidate live: the views switch in one transaction, so readers see either the old build or the new one.
 * The old build is still fed, as the previous version; the previous version before that is retired.
 *
 * @throws UserError if there is no candidate; and, without `force`, if it is unfinished, behind, or has parked events
 */
export const promote = async (deps: EngineDeps, name: string, options: SwitchOptions = {}): Promise<Switched> => {
  const { candidate } = await chooseBuilds(deps.db, name);
  if (candidate === undefined) {
    throw userError(`${name} has no candidate to promote`, {
      code: 'candidate-missing',
      hint: `Build one: openhouse projections rebuild ${name}`,
    });
  }
  const stepAside = async (trx: Database, { live, previous }: Builds) => {
    if (previous !== undefined) await setState(trx, previous, 'retired');
    await setState(trx, live, options.replacing ? 'retired' : 'previous');
  };
  return await switchTo(deps, name, candidate, options, (builds) => builds.candidate, stepAside);
};

/**
 * Rolls back to the previous version, which has been fed all along. The build that was live becomes the candidate
 * (unless there is another), so that it can be promoted again.
 *
 * @throws UserError if there is no previous version; and, without `force`, if it is behind or has parked events
 */
export const rollback = async (deps: EngineDeps, name: string, options: SwitchOptions = {}): Promise<Switched> => {
  const { previous } = await chooseBuilds(deps.db, name);
  if (previous === undefined) {
    throw userError(`${name} has no previous version to roll back to`, {
      code: 'previous-missing',
      hint: 'There is one after the first promote, until that version is dropped.',
    });
  }
  const stepAside = async (trx: Database, { live, candidate }: Builds) => {
    await setState(trx, live, candidate === undefined ? 'ready' : 'retired');
  };
  return await switchTo(deps, name, previous, options, (builds) => builds.previous, stepAside);
};

const switchTo = async (
  deps: EngineDeps,
  name: string,
  wanted: Build,
  { force = false, replacing = false, patience = 15_000 }: SwitchOptions,
  choose: (builds: Builds) => Build | undefined,
  stepAside: (trx: Database, builds: Builds) => Promise<void>,
): Promise<Switched> => {
  const { db } = deps;
  if (!force && wanted.state === 'building') throw unfinished(wanted);
  if (!force) {
    const { live } = await chooseBuilds(db, name);
    await bringUp(deps, [live, wanted], { patience });
  }
  const deadline = Date.now() + patience;
  for (;;) {
    const done = await db.transaction().execute(async (trx): Promise<Switched | Build> => {
      await lockStates(trx, name);
      const found = await chooseBuilds(trx, name);
      // Another command may have promoted, dropped or rebuilt it since we looked.
      if (choose(found)?.id !== wanted.id) throw gone(wanted);
      // From now until we commit no batch of either commits, so readers get exactly what we compare.
      await pauseFeeding(trx, [found.live, wanted]);
      const builds = await chooseBuilds(trx, name);
      const build = choose(builds)!;
      if (!force && build.state === 'building') throw unfinished(build);
      const { projection } = openSandbox(build.code);
      await checkShape(trx, build, { projection });
      if (!force) {
        const parked = replacing ? await parkedBeyond(trx, build.id, builds.live.id) : await parkedCount(trx, build.id);
        if (parked > 0) throw hasParked(build, parked);
        if (isAfter(builds.live.position, build.position)) return builds.live;
      }
      await stepAside(trx, builds);
      await setState(trx, build, 'live');
      for (const statement of indexStatements(build.schema, projection)) await query(trx, statement);
      // Queries may go on asking for columns that the replaced build had.
      const newer = build.state === 'previous' ? openSandbox(builds.live.code).projection : projection;
      await pointViewsAt(trx, build.schema, projection, newer);
      return { name, from: builds.live.schema, to: build.schema, position: build.position };
    });
    if ('to' in done) return done;
    if (Date.now() > deadline) throw behind(wanted, done);
    await sleep(50);
  }
};

const setState = async (trx: Database, { id }: Build, state: Build['state']): Promise<void> => {
  await query(
    trx,
    `update ops.projection_build set state = $2, live_at = case when $2 = 'live' then now() else live_at end where id = $1`,
    [id, state],
  );
};

const unfinished = ({ name, schema, holder }: Build) =>
  userError(
    `${schema} is not finished: ${holder === null ? 'its rebuild was interrupted' : `${holder} is building it`}`,
    {
      code: 'candidate-unfinished',
      hint:
        holder === null
          ? `Resume it: openhouse projections rebuild ${name}`
          : 'Wait for it; `openhouse projections list` shows how far it is. (--force promotes it as it is.)',
    },
  );

const gone = ({ schema }: Build) =>
  userError(`another command has promoted or dropped ${schema} in the meantime`, {
    code: 'build-gone',
    hint: 'See: openhouse projections list',
  });

const hasParked = ({ name, schema }: Build, parked: number) =>
  userError(`${schema} has ${parked} parked event${parked === 1 ? '' : 's'}`, {
    code: 'candidate-parked',
    hint: `See what they are: openhouse projections parked ${name}. Fix the handler, then rebuild or retry; or promote without them: openhouse projections promote ${name} --force.`,
  });

const behind = ({ name, schema }: Build, live: Build) =>
  userError(`${schema} is behind the live ${live.schema}, which is at position ${live.position?.commit ?? 'none'}`, {
    code: 'candidate-behind',
    hint: `\`openhouse projections list\` shows why ${name} makes no progress. (--force promotes it as it is.)`,
  });
