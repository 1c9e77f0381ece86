import { type Database, query } from '../database.ts';
import { type Build, type BuildState, findBuild } from './builds.ts';
import { lockStates } from './choose.ts';
import type { ProjectionCode } from './code.ts';
import { createStatements, indexStatements } from './tables.ts';
import { pointViewsAt } from './views.ts';

/**
 * Creates the empty tables of a new build in the schema `<name>_v<version>` or, if that version has been built before,
 * `<name>_v<version>_b2` and so on.
 */
export const createBuild = async (
  db: Database,
  { projection, source, hash }: ProjectionCode,
  state: BuildState,
  schema?: string,
): Promise<Build> =>
  await db.transaction().execute(async (trx) => {
    await lockStates(trx, projection.name);
    const place = schema ?? (await freeSchema(trx, `${projection.name}_v${projection.version}`));
    for (const statement of createStatements(place, projection)) await query(trx, statement);
    const [row] = await query<{ id: string }>(
      trx,
      `insert into ops.projection_build (name, version, schema_name, state, code, code_hash, live_at)
       values ($1, $2, $3, $4, $5, $6, case when $4 = 'live' then now() end) returning id`,
      [projection.name, projection.version, place, state, source, hash],
    );
    if (state === 'live') {
      // A first build is read while it is being filled, so it needs its indexes from the start.
      for (const statement of indexStatements(place, projection)) await query(trx, statement);
      await pointViewsAt(trx, place, projection);
    }
    return (await findBuild(trx, row!.id))!;
  });

const freeSchema = async (trx: Database, name: string): Promise<string> => {
  const rows = await query<{ nspname: string }>(
    trx,
    `select nspname from pg_namespace where nspname = $1 or nspname like $2
     union select schema_name from ops.projection_build where schema_name = $1 or schema_name like $2`,
    [name, `${name.replaceAll('_', '\\_')}\\_b%`],
  );
  const taken = new Set(rows.map(({ nspname }) => nspname));
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name}_b${number}`)) return `${name}_b${number}`;
};
