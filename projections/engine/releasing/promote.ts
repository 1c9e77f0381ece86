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
  /** Also when the build is behind, unfinished, or has parked events. */
  readonly force?: boolean;
  /**
   * A newer release replaces what an older one made: the live build and the one before it are retired, and events may be parked
   * of records that have some parked in the live one.
   */
  readonly replacing?: boolean;
  /** For how long to wait until the build is where the live one is, in ms. Default 15 s. */
  readonly patience?: number;
};

/**
 * Makes the candidate the live model: the views switch in one transaction, in which readers see the one or the other. What
 * was live is kept up as the version before; the one before that is retired.
 *
 * @throws UserError when there is no candidate; and, unless told `force`, when it is unfinished, behind, or has parked events
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
 * Goes back to the version before, which has kept up meanwhile. What was live becomes the candidate (unless there is
 * another), so that it can be promoted again.
 *
 * @throws UserError when there is none; and, unless told `force`, when it is behind or has parked events
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
      // No batch of either commits until we have, so what we compare is what readers get.
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
      // Whoever asks for a column that came with what was live goes on doing so.
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
