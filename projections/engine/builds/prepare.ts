import { errorCode } from '../../../platform/errors.ts';
import { columnName, type Projection } from '../../projection.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import { type Database, query } from '../database.ts';
import { migrateProjections } from '../migrations.ts';
import { listBuilds } from './builds.ts';
import { chooseBuilds, lockStates } from './choose.ts';
import { type ProjectionCode, readCode } from './code.ts';
import { createBuild } from './create-build.ts';
import { openSandbox } from './sandbox.ts';
import { pointViewsAt } from './views.ts';

/**
 * Creates the engine's tables, and a first build for every projection that has none, live (and empty) at once. Any
 * number of processes may call it at the same time.
 *
 * Columns that the code on disk has and a live build lacks (because an older release made it) are shown as empty, so
 * that this release's queries work until a rebuild is promoted, which fills them.
 *
 * @returns the projections on disk
 */
export const prepareProjections = async (
  db: Database,
  entries: readonly ProjectionEntry[] = projectionEntries,
): Promise<ProjectionCode[]> => {
  const codes = readCode(entries);
  await migrateProjections(db);
  const live = new Map((await listBuilds(db, ['live'])).map((build) => [build.name, build]));
  for (const code of codes) {
    const build = live.get(code.projection.name);
    if (build !== undefined) {
      if (build.codeHash !== code.hash) await showNewColumns(db, code.projection);
      continue;
    }
    await createBuild(db, code, 'live').catch((error: unknown) => {
      // Another process created it since we looked, which is just as good.
      if (!['23505', '42P06'].includes(errorCode(error) ?? '')) throw error;
    });
  }
  return codes;
};

const showNewColumns = async (db: Database, onDisk: Projection): Promise<void> => {
  if (!(await viewsLackColumns(db, onDisk))) return;
  await db.transaction().execute(async (trx) => {
    await lockStates(trx, onDisk.name);
    const { live } = await chooseBuilds(trx, onDisk.name);
    await pointViewsAt(trx, live.schema, openSandbox(live.code).projection, onDisk);
  });
};

const viewsLackColumns = async (db: Database, { tables }: Projection): Promise<boolean> => {
  const shown = await query<{ table_name: string; column_name: string }>(
    db,
    `select table_name, column_name from information_schema.columns where table_schema = 'read' and table_name = any ($1)`,
    [Object.keys(tables)],
  );
  const known = new Set(shown.map((row) => `${row.table_name}.${row.column_name}`));
  // An entirely new table comes with the next build.
  const views = new Set(shown.map((row) => row.table_name));
  return Object.entries(tables).some(
    ([name, { columns }]) =>
      views.has(name) && Object.keys(columns).some((column) => !known.has(`${name}.${columnName(column)}`)),
  );
};
