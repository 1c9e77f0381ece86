import { userError } from '../../../platform/errors.ts';
import { type Database, query } from '../database.ts';
import { type Build, buildsOf } from './builds.ts';
import { leaseOf } from './lease.ts';

/** The builds of one projection, by role. */
export type Builds = {
  readonly all: readonly Build[];
  readonly live: Build;
  readonly candidate: Build | undefined;
  readonly previous: Build | undefined;
};

/** @throws UserError if there is no such projection */
export const chooseBuilds = async (db: Database, name: string): Promise<Builds> => {
  const all = await buildsOf(db, name);
  const live = all.find(({ state }) => state === 'live');
  if (live === undefined) throw unknownProjection(name, await projectionNames(db));
  return {
    all,
    live,
    candidate: all.find(({ state }) => state === 'building' || state === 'ready'),
    previous: all.find(({ state }) => state === 'previous'),
  };
};

/** Any fixed number: the first half of the key of each projection's advisory lock. */
const switching = 0x73776974; // "swit"

/**
 * Until the transaction ends no one else can create, promote, roll back or drop a build of this projection, so
 * decisions based on their states hold. Call it before locking any row.
 */
export const lockStates = async (trx: Database, name: string): Promise<void> => {
  await query(trx, 'select pg_advisory_xact_lock($1, hashtext($2))', [switching, name]);
};

/**
 * Waits for the transactions that feed some builds, and blocks new ones until this transaction ends. Call it after
 * `lockStates`, so that two callers cannot wait for each other.
 */
export const pauseFeeding = async (trx: Database, builds: readonly Build[]): Promise<void> => {
  for (const build of builds) await query(trx, 'select ops.fence_lease($1)', [leaseOf(build)]);
};

export const projectionNames = async (db: Database): Promise<string[]> => {
  const rows = await query<{ name: string }>(db, 'select distinct name from ops.projection_build order by name');
  return rows.map(({ name }) => name);
};

export const unknownProjection = (name: string, known: readonly string[]) =>
  userError(`there is no projection ${name}`, {
    code: 'projection-unknown',
    hint: `There are: ${known.join(', ')}.`,
    exitCode: 2,
  });

export const parkedCount = async (db: Database, buildId: string): Promise<number> => {
  const rows = await query<{ parked: string }>(
    db,
    'select count(*) as parked from ops.projection_parked where build_id = $1',
    [buildId],
  );
  return Number(rows[0]!.parked);
};

/** How many events a build has parked for records of which another build has parked none. */
export const parkedBeyond = async (db: Database, buildId: string, otherId: string): Promise<number> => {
  const rows = await query<{ parked: string }>(
    db,
    `select count(*) as parked from ops.projection_parked as here where build_id = $1 and not exists (
       select from ops.projection_parked as there
       where there.build_id = $2 and there.stream_name = here.stream_name)`,
    [buildId, otherId],
  );
  return Number(rows[0]!.parked);
};
