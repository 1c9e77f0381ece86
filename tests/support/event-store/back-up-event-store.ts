import { cpSync, rmSync } from 'node:fs';
import pg from 'pg';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { folderOf, testsUseRealEventStore } from './real-event-store.ts';
import type { TestStores } from './stores.ts';

type Stores = Pick<TestStores, 'databaseUrl' | 'server' | 'restart'>;

/** A backup of an event store, as its kind is backed up: tables, or the folder of a stopped node. @returns restores it */
export const backUpEventStore = (stores: Stores): Promise<() => Promise<void>> =>
  testsUseRealEventStore ? backUpFolder(stores) : backUpTables(stores);

const backUpFolder = async (stores: Stores) => {
  const folder = folderOf(stores.databaseUrl);
  const backup = makeTemporaryFolder();
  const copy = (from: string, to: string) => {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true });
  };
  await stores.server.close();
  copy(folder, backup);
  await stores.restart();
  return async () => {
    await stores.server.close();
    copy(backup, folder);
    await stores.restart();
  };
};

const tables = ['streams', 'event_types', 'events'];

const backUpTables = async (stores: Stores) => {
  await run(stores.databaseUrl, [
    'create schema backup',
    ...tables.map((table) => `create table backup.${table} as table eventstore.${table}`),
  ]);
  return async () => {
    await stores.server.close();
    await run(stores.databaseUrl, [
      ...tables.map((table) => `delete from eventstore.${table}`),
      ...tables.map((table) => `insert into eventstore.${table} table backup.${table}`),
    ]);
    await stores.restart();
  };
};

const run = async (url: string, statements: readonly string[]) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const text of statements) await client.query(text);
  } finally {
    await client.end();
  }
};
