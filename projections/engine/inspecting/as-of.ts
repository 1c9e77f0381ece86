import type { Position } from '../../../eventstore/stored-event.ts';
import { explainDatabaseError } from '../../../platform/database/database.ts';
import { errorMessage, userError } from '../../../platform/errors.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import { type Build, findBuild } from '../builds/builds.ts';
import { checkStore } from '../builds/check-store.ts';
import { chooseBuilds, parkedCount } from '../builds/choose.ts';
import { type ProjectionCode, readCode } from '../builds/code.ts';
import { createBuild } from '../builds/create-build.ts';
import { asOfBuildIn, removeBuild } from '../builds/drop.ts';
import { holderName, whileHolding } from '../builds/lease.ts';
import { openSandbox } from '../builds/sandbox.ts';
import { indexStatements } from '../builds/tables.ts';
import { query } from '../database.ts';
import { type EngineDeps, feedFar } from '../feeding/feed.ts';
import { type BuildProgress, progressOf } from '../feeding/progress.ts';
import { openBuild } from '../feeding/running-build.ts';
import { rebuildApply } from '../feeding/settings.ts';

export type AsOfOptions = {
  /** Up to and including the last event recorded by then, or the event at this position. */
  readonly moment: { readonly at: Date } | { readonly position: bigint };
  /** The schema to create; it must not exist, unless it is an earlier as-of and `replace` is given. */
  readonly into: string;
  readonly replace?: boolean;
  /** The code of the live model (what readers saw), or the code on disk. Default: live. */
  readonly code?: 'live' | 'disk';
  readonly entries?: readonly ProjectionEntry[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BuildProgress) => void;
};

export type AsOf = {
  readonly name: string;
  readonly schema: string;
  readonly tables: readonly string[];
  /** The last event that it contains. */
  readonly position: Position | null;
  readonly recordedAt: Date | null;
  readonly events: number;
  readonly parked: number;
};

/**
 * Builds a read model as it was at a moment, in its own schema, where it stays until it is dropped. The moment is in
 * recorded time: what was known then, not what had happened by then.
 *
 * @throws UserError if the schema exists or has an invalid name, if the position is beyond the end, or if the build
 * cannot be completed (the signal, a full disk); then nothing is left behind
 */
export const asOf = async (deps: EngineDeps, name: string, options: AsOfOptions): Promise<AsOf> => {
  const { db } = deps;
  const { moment, into } = options;
  const { live } = await chooseBuilds(db, name);
  await checkStore(deps.store, live);
  const end = await deps.store.lastPosition();
  if ('position' in moment && moment.position > (end?.commit ?? -1n)) throw notYet(moment.position, end);
  await freeSchema(deps, into, options.replace ?? false);
  const code = codeFor(live, options);
  const build = await createBuild(db, code, 'as-of', into);
  try {
    return await fill(deps, build, options, end);
  } catch (error) {
    // An incomplete build could be mistaken for the real state.
    await removeBuild(db, build).catch(() => {}); // it can be dropped by hand
    throw error;
  }
};

const fill = async (deps: EngineDeps, build: Build, options: AsOfOptions, end: Position | null): Promise<AsOf> => {
  const { db } = deps;
  const { moment, into, signal } = options;
  const until = 'at' in moment ? 'caught-up' : { commit: moment.position, prepare: moment.position };
  const done = await whileHolding(db, build, { holder: holderName('as-of') }, async (lease) => {
    const running = await openBuild(db, build, lease);
    const failures = await feedFar(deps, [running], {
      apply: { ...rebuildApply, park: true },
      until,
      ...('at' in moment ? { recordedUntil: moment.at } : {}),
      patience: 60_000,
      ...(signal === undefined ? {} : { signal }),
      onBatch: progressOf([running], until === 'caught-up' ? end : until, options.onProgress),
    });
    for (const error of failures.values()) throw explainDatabaseError(error) ?? failed(into, error);
    if (signal?.aborted) throw stopped(into);
    for (const statement of indexStatements(into, running.sandbox.projection)) await query(db, statement);
    const now = await findBuild(db, build.id);
    return {
      name: build.name,
      schema: into,
      tables: Object.keys(running.sandbox.projection.tables),
      position: now?.position ?? null,
      recordedAt: now?.lastEvent?.created ?? null,
      events: now?.events ?? 0,
      parked: await parkedCount(db, build.id),
    };
  });
  if (done === undefined) throw failed(into, new Error('another process has taken it over or dropped it'));
  return done;
};

const codeFor = (live: Build, { code, entries = projectionEntries }: AsOfOptions): ProjectionCode => {
  if (code !== 'disk') {
    return { projection: openSandbox(live.code).projection, source: live.code, hash: live.codeHash };
  }
  const onDisk = readCode(entries).find(({ projection }) => projection.name === live.name);
  if (onDisk !== undefined) return onDisk;
  throw userError(`the code of ${live.name} is not on disk`, { code: 'projection-code-missing' });
};

const freeSchema = async ({ db }: EngineDeps, schema: string, replace: boolean): Promise<void> => {
  if (
    !/^[a-z_][a-z0-9_]{0,62}$/.test(schema) ||
    /^(pg_|ops$|read$|eventstore$|public$|information_schema$)/.test(schema)
  ) {
    throw userError(`"${schema}" is not a valid schema name`, {
      code: 'schema-name',
      hint: 'Use lower-case letters, digits and _, and a name that neither openhouse nor PostgreSQL uses, such as audit_2026_03.',
      exitCode: 2,
    });
  }
  const before = await asOfBuildIn(db, schema);
  if (before !== undefined && replace) return await removeBuild(db, before);
  const rows = await query(db, 'select 1 from pg_namespace where nspname = $1', [schema]);
  if (rows.length === 0) return;
  throw userError(`the schema ${schema} already exists`, {
    code: 'schema-exists',
    hint: before === undefined ? 'Choose another name.' : 'Choose another name, or replace it with --replace.',
  });
};

const notYet = (position: bigint, end: Position | null) =>
  userError(`there is no position ${position} yet: the event store ends at ${end?.commit ?? 'none'}`, {
    code: 'position-unknown',
    exitCode: 2,
  });

const failed = (into: string, error: unknown) =>
  userError(`${into} could not be built: ${errorMessage(error)}`, { code: 'as-of-failed', cause: error });

const stopped = (into: string) =>
  userError(`${into} was stopped before it was complete, and has been removed`, {
    code: 'as-of-stopped',
    exitCode: 130,
  });
