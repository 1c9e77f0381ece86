import { userError } from '../../../platform/errors.ts';
import { type Database, query } from '../database.ts';
import { type Build, buildsOf } from './builds.ts';

/** The builds of one projection by what they are to each other. */
export type Builds = {
  readonly all: readonly Build[];
  readonly live: Build;
  readonly candidate: Build | undefined;
  readonly previous: Build | undefined;
};

/** @throws UserError when there is no such projection */
export const chooseBuilds = async (db: Database, name: string, options: { lock?: boolean } = {}): Promise<Builds> => {
  const all = await buildsOf(db, name, options);
  const live = all.find(({ state }) => state === 'live');
  if (live === undefined) throw unknownProjection(name, await projectionNames(db));
  return {
    all,
    live,
    candidate: all.find(({ state }) => state === 'building' || state === 'ready'),
    previous: all.find(({ state }) => state === 'previous'),
  };
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
