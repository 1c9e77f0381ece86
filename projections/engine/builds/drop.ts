import { userError } from '../../../platform/errors.ts';
import type { LeaseSession } from '../../../platform/lease/session.ts';
import { type Database, query } from '../database.ts';
import { type Build, type BuildState, findBuild, listBuilds } from './builds.ts';
import { chooseBuilds, lockStates } from './choose.ts';
import { holderName, leaseOf, openBuildLeases } from './lease.ts';
import { quote } from './tables.ts';

/**
 * Removes a build with its tables and parked events. The process that feeds it loses its lease and stops.
 * @throws UserError if it has become the live one
 */
export const removeBuild = async (db: Database, build: Pick<Build, 'id' | 'name' | 'schema'>): Promise<void> => {
  const leases = await openBuildLeases(db, holderName('drop'));
  try {
    await removeBuildHolding(db, leases, build);
  } finally {
    await leases.close();
  }
};

/** The same, for callers with a session for leases of their own. */
export const removeBuildHolding = async (
  db: Database,
  leases: LeaseSession,
  build: Pick<Build, 'id' | 'name' | 'schema'>,
): Promise<void> => {
  const { id, name, schema } = build;
  // The process that feeds it finishes its transaction and starts no other one, so none waits for a table that we have
  // locked.
  const lease = await leases.take(leaseOf(build), { force: true });
  try {
    await db.transaction().execute(async (trx) => {
      await lockStates(trx, name);
      if ((await findBuild(trx, id))?.state === 'live') throw isLive(name, schema);
      await query(trx, 'delete from ops.projection_build where id = $1', [id]);
      await query(trx, `drop schema if exists ${quote(schema)} cascade`);
    });
  } finally {
    if (lease !== null) await leases.release(lease);
  }
  await query(db, 'delete from ops.lease where name = $1 and holder is null', [leaseOf(build)]);
};

/** The builds that `drop` removes by default: they are not shown, and would only be again after a rollback. */
const droppable: readonly BuildState[] = ['retired', 'previous'];

/**
 * Removes builds that are no longer needed: the one in `schema`, or by default those before the live one.
 *
 * @returns the schemas that were dropped
 * @throws UserError for the live build, or if there is no such build
 */
export const dropBuilds = async (db: Database, name: string, schema?: string): Promise<string[]> => {
  const { all } = await chooseBuilds(db, name);
  const wanted = all.filter((build) =>
    schema === undefined ? droppable.includes(build.state) : build.schema === schema,
  );
  if (schema !== undefined && wanted.length === 0) {
    throw userError(`${name} has no build in ${schema}`, {
      code: 'build-unknown',
      hint: `It has: ${all.map((build) => build.schema).join(', ')}.`,
      exitCode: 2,
    });
  }
  if (wanted.some(({ state }) => state === 'live')) throw isLive(name, schema);
  for (const build of wanted) await removeBuild(db, build);
  return wanted.map((build) => build.schema);
};

/** The as-of builds in a schema, of any projection. */
export const asOfBuildIn = async (db: Database, schema: string): Promise<Build | undefined> =>
  (await listBuilds(db, ['as-of'])).find((build) => build.schema === schema);

const isLive = (name: string, schema: string | undefined) =>
  userError(`${schema} is the live build of ${name}`, {
    code: 'build-live',
    hint: `Promote another build or roll back first. See: openhouse projections list`,
  });
