import type { TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import { migrateAccess } from '../../../console/access/migrations.ts';
import { migrateDelivery } from '../../../delivery/migrations.ts';
import { migrateEventStore } from '../../../eventstore/positions/migrations.ts';
import { migrateImport } from '../../../importers/migrations.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { migrateProcesses } from '../../../platform/processes/migrations.ts';
import { prepareProjections } from '../../../projections/index.ts';
import { migrateSchedulers } from '../../../schedulers/migrations.ts';
import { type TestDatabase, testDatabase } from './test-postgres.ts';

/** The variable by which `tests/run.ts` passes the name of a migrated database, of which each test gets a copy. */
export const templateVariable = 'OPENHOUSE_TEST_TEMPLATE';

/** A fresh database with every table and read model of openhouse, and nothing in them. */
export const migratedTestDatabase = async (): Promise<TestDatabase> => {
  // A file that is run by hand makes its own.
  process.env[templateVariable] ??= (await migratedTemplate()).name;
  return await testDatabase({ template: process.env[templateVariable] });
};

/** A migrated database to copy. */
export const migratedTemplate = async (): Promise<TestDatabase> => {
  const database = await testDatabase();
  const { db, close } = openDatabase<unknown>(database.url, { applicationName: 'test', max: 1 });
  await migrateAll(db);
  await prepareProjections(db);
  await close();
  return database;
};

/** A connection to a migrated database; dropped when the test ends. */
export const migratedDatabase = async (t: TestContext): Promise<Kysely<unknown>> => {
  const { url, drop } = await migratedTestDatabase();
  const { db, close } = openDatabase<unknown>(url, { applicationName: 'test' });
  t.after(async () => {
    await close();
    await drop();
  });
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
