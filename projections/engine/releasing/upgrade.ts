import { setTimeout as sleep } from 'node:timers/promises';
import { noteOrigin } from '../../../eventstore/positions/origin.ts';
import { isUserError, type UserError, userError } from '../../../platform/errors.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import type { Build } from '../builds/builds.ts';
import { chooseBuilds } from '../builds/choose.ts';
import type { ProjectionCode } from '../builds/code.ts';
import { fallsShort } from '../builds/outdated.ts';
import { prepareProjections } from '../builds/prepare.ts';
import type { Database } from '../database.ts';
import type { EngineDeps } from '../feeding/feed.ts';
import type { BuildProgress } from '../feeding/progress.ts';
import { promote, type Switched } from './promote.ts';
import { rebuild } from './rebuild.ts';

export type UpgradeOptions = {
  readonly entries?: readonly ProjectionEntry[];
  readonly signal?: AbortSignal;
  /** Called before building, with the read models that an older release made. */
  readonly onOutdated?: (models: readonly Outdated[]) => void;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** Called once if another process is building them, for which this one then waits. */
  readonly onWait?: (why: string) => void;
};

/** A live read model of an older release, and the version that this release needs. */
export type Outdated = { readonly name: string; readonly version: number; readonly needs: number };

/**
 * Rebuilds the read models that this release cannot work with (an older version, or missing columns) next to the live
 * ones, and promotes each when it is complete. No person has to decide: the code that queried the old ones is no longer
 * installed, so these are retired and not kept for a rollback. After a crash it resumes. If another process is building
 * them, it waits.
 *
 * Events that were parked before may be parked again; any others that a handler rejects stop the upgrade.
 * @throws UserError if a newer release made a read model, or if a new build has parked events that the live one does
 * not have
 */
export const upgradeReadModels = async (deps: EngineDeps, options: UpgradeOptions = {}): Promise<Switched[]> => {
  const codes = await prepareProjections(deps.db, options.entries ?? projectionEntries);
  const switched: Switched[] = [];
  let told = false;
  for (let waited = false; ; waited = true) {
    options.signal?.throwIfAborted();
    const outdated = await outdatedModels(deps.db, codes);
    if (outdated.length === 0) return switched;
    if (!told) options.onOutdated?.(outdated.map(({ name, live, code }) => said(name, live, code)));
    told = true;
    await noteOrigin(deps.db, deps.store);
    try {
      const unbuilt = outdated.filter(({ candidate, code }) => !isBuilt(candidate, code)).map(({ name }) => name);
      if (unbuilt.length > 0) await rebuild(deps, unbuilt, { ...options, park: true });
      for (const { name } of outdated) switched.push(await promote(deps, name, { replacing: true }));
    } catch (error) {
      if (!isUserError(error) || !elsewhere.has(error.code)) throw explained(error);
      if (!waited) options.onWait?.(error.message);
      await sleep(500, undefined, { signal: options.signal }).catch(() => {});
    }
  }
};

/** Another process is building or promoting the same; the rest is looked up again. */
const elsewhere = new Set([
  'rebuild-under-way',
  'rebuild-lost',
  'candidate-missing',
  'candidate-unfinished',
  'build-gone',
]);

type OutdatedModel = {
  readonly name: string;
  readonly live: Build;
  readonly candidate: Build | undefined;
  readonly code: ProjectionCode;
};

const outdatedModels = async (db: Database, codes: readonly ProjectionCode[]): Promise<OutdatedModel[]> => {
  const outdated: OutdatedModel[] = [];
  for (const code of codes) {
    const { name, version } = code.projection;
    const { live, candidate } = await chooseBuilds(db, name);
    if (live.version > version) throw madeByNewer(live, version);
    if (fallsShort(live, code)) outdated.push({ name, live, candidate, code });
  }
  return outdated;
};

const isBuilt = (candidate: Build | undefined, { hash }: ProjectionCode): boolean =>
  candidate?.state === 'ready' && candidate.codeHash === hash;

const said = (name: string, live: Build, { projection }: ProjectionCode): Outdated => ({
  name,
  version: live.version,
  needs: projection.version,
});

const madeByNewer = ({ name, version }: Build, known: number): UserError =>
  userError(
    `the read model ${name} was made by a newer release (its version is ${version}; this release knows ${known})`,
    {
      code: 'read-models-newer',
      hint: 'Install that release again, or go back to the backup from before the upgrade: docs/upgrading.md.',
    },
  );

const explained = (error: unknown): unknown =>
  isUserError(error) && error.code === 'candidate-parked'
    ? userError(`the read models are not upgraded: ${error.message}, which the live read model does not have`, {
        code: 'upgrade-parked',
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        cause: error,
      })
    : error;
