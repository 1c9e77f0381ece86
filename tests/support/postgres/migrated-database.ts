import type { TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import { migrateAccess } from '../../../console/access/migrations.ts';
import { migrateDelivery } from '../../../delivery/migrations.ts';
import { migrateEventStore } from '../../../eventstore/migrations.ts';
import { migrateImport } from '../../../importers/migrations.ts';
import { migrateProcesses } from '../../../platform/processes/migrations.ts';
import { prepareProjections } from '../../../projections/index.ts';
import { migrateSchedulers } from '../../../schedulers/migrations.ts';
import { emptyDatabase } from './empty-database.ts';

/** An empty database with every table and read model of openhouse; dropped when the test ends. */
export const migratedDatabase = async (t: TestContext): Promise<Kysely<unknown>> => {
  const { db } = await emptyDatabase(t);
  await migrateAll(db);
  await prepareProjections(db);
  return db;
};

/** Makes every table of `ops`. */
export const migrateAll = async (db: Kysely<unknown>): Promise<void> => {
  await migrateDelivery(db);
  await migrateSchedulers(db);
  await migrateImport(db);
  await migrateProcesses(db);
  await migrateEventStore(db);
  await migrateAccess(db);
};
