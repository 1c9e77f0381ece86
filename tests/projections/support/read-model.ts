import type { Kysely } from 'kysely';
import type { StoredEvent } from '../../../eventstore/stored-event.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import type { LeaseSession } from '../../../platform/lease/session.ts';
import { type Build, findBuild } from '../../../projections/engine/builds/builds.ts';
import { type ProjectionCode, readCode } from '../../../projections/engine/builds/code.ts';
import { createBuild } from '../../../projections/engine/builds/create-build.ts';
import { removeBuild } from '../../../projections/engine/builds/drop.ts';
import { leaseOf, openBuildLeases } from '../../../projections/engine/builds/lease.ts';
import { tableSql } from '../../../projections/engine/builds/tables.ts';
import { query } from '../../../projections/engine/database.ts';
import { applyBatch } from '../../../projections/engine/feeding/apply.ts';
import { openBuild } from '../../../projections/engine/feeding/running-build.ts';
import { liveApply } from '../../../projections/engine/feeding/settings.ts';
import { migrateProjections } from '../../../projections/engine/migrations.ts';
import { columnName, type Row } from '../../../projections/projection.ts';
import { projectionEntries } from '../../../projections/registry.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';

/** A read model in its own database, fed by the engine. */
export type ReadModel = {
  /** Feeds a new build and returns the rows of a table, with the reasons why events were parked. */
  feed(events: readonly StoredEvent[], table: string): Promise<{ rows: Row[]; parked: string[] }>;
  close(): Promise<void>;
};

export const openReadModel = async (name: string): Promise<ReadModel> => {
  const database = await testDatabase();
  const { db, close } = openDatabase<unknown>(database.url, { applicationName: 'read model test', max: 4 });
  await migrateProjections(db);
  const code = readCode(projectionEntries).find(({ projection }) => projection.name === name)!;
  const leases = await openBuildLeases(db, 'tests');
  return {
    async feed(events, table) {
      const build = await createBuild(db, code, 'as-of', `spec_${name}`);
      try {
        await feedTwice(db, leases, build, events);
        return { rows: await rowsOf(db, build, code, table), parked: await parkedReasons(db, build) };
      } finally {
        await removeBuild(db, build);
      }
    },
    async close() {
      await leases.close();
      await close();
      await database.drop();
    },
  };
};

/**
 * Each event is delivered again together with the next one, as after a lost connection, and the last one to a process
 * that takes over. That process does not get all of them: applied from the beginning, they would repair what an earlier
 * repetition broke.
 */
const feedTwice = async (
  db: Kysely<unknown>,
  leases: LeaseSession,
  build: Build,
  events: readonly StoredEvent[],
): Promise<void> => {
  const open = async () => {
    const lease = await leases.take(leaseOf(build), { force: true });
    return openBuild(db, (await findBuild(db, build.id))!, lease!);
  };
  const running = await open();
  for (const [index, { position }] of events.entries()) {
    await applyBatch(db, running, events.slice(Math.max(0, index - 1), index + 1), position, liveApply);
  }
  const successor = await open();
  const { commit } = events.at(-1)!.position;
  await applyBatch(db, successor, events.slice(-1), { commit: commit + 1n, prepare: commit + 1n }, liveApply);
};

const rowsOf = async (db: Kysely<unknown>, build: Build, { projection }: ProjectionCode, table: string) => {
  const { load } = tableSql(build.schema, projection).find(({ name }) => name === table)!;
  const order = projection.tables[table]!.key.map((column) => `"${columnName(column)}"`).join(', ');
  const [found] = await query<{ rows: string }>(
    db,
    load.replace(/ where .* = any\(\$1::text\[\]\)/, ` order by ${order}`),
  );
  return JSON.parse(found!.rows) as Row[];
};

const parkedReasons = async (db: Kysely<unknown>, build: Build): Promise<string[]> => {
  const rows = await query<{ message: string }>(
    db,
    'select message from ops.projection_parked where build_id = $1 order by commit_position',
    [build.id],
  );
  return rows.map(({ message }) => message);
};
