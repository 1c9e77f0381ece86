import { type QueryExecutorProvider, sql } from 'kysely';
import type { migrate } from '../../platform/database/migrations.ts';
import type { EventStore } from '../event-store.ts';
import { eventStoreMigrations, migrateEventStore } from './migrations.ts';

type AnyDatabase = Parameters<typeof migrate>[0];

/**
 * A database may be younger than the event store: PostgreSQL was lost or moved, or this is a second installation. Events
 * recorded before it was set up are history: read models show them, but only the lost database knew who was notified. So
 * no one is notified of them unless a person says so (`openhouse recover --release-history`).
 */

/**
 * Records where the event store ended when this database was set up. Call it before the first read or append; later calls
 * change nothing. A database of an older release, which has long been in use, has no history.
 */
export const noteOrigin = async (db: AnyDatabase, store: EventStore): Promise<void> => {
  if (await isNoted(db)) return;
  await migrateEventStore(db);
  const end = (await store.lastOwnPosition())?.commit ?? -1n;
  const history = (await wasUsedBefore(db)) ? -1n : end;
  await sql`
    insert into ops.event_store_origin (history_until, explained_until) values (${history}, ${end})
    on conflict do nothing`.execute(db);
};

const newestMigration = Object.keys(eventStoreMigrations.migrations).at(-1)!;

/** Whether this release recorded it. An older one may have done so, in a table with fewer columns. */
const isNoted = async (db: QueryExecutorProvider): Promise<boolean> =>
  (await exists(db, 'ops.event_store_origin')) &&
  (await hasRows(db, sql`ops.event_store_origin`)) &&
  (await hasRows(db, sql`ops.event_store_migrations where name = ${newestMigration}`));

const wasUsedBefore = async (db: QueryExecutorProvider): Promise<boolean> =>
  ((await exists(db, 'ops.projection_build')) &&
    (await hasRows(db, sql`ops.projection_build where commit_position is not null`))) ||
  ((await exists(db, 'ops.import_run')) && (await hasRows(db, sql`ops.import_run`))) ||
  ((await exists(db, 'ops.alert_cursor')) && (await hasRows(db, sql`ops.alert_cursor`)));

const exists = async (db: QueryExecutorProvider, table: string): Promise<boolean> => {
  const { rows } = await sql<{ there: boolean }>`select to_regclass(${table}) is not null as there`.execute(db);
  return rows[0]!.there;
};

const hasRows = async (db: QueryExecutorProvider, from: ReturnType<typeof sql>): Promise<boolean> => {
  const { rows } = await sql<{ some: boolean }>`select exists (select from ${from}) as some`.execute(db);
  return rows[0]!.some;
};

/** The position up to which everything is history to this database; -1 if nothing is. */
export const historyUntil = async (db: QueryExecutorProvider): Promise<bigint> => {
  const { rows } = await sql<{ position: string }>`
    select history_until as position from ops.event_store_origin`.execute(db);
  return BigInt(rows[0]?.position ?? -1);
};

/** Declares everything up to `position` history, or nothing (-1), on a person's request. */
export const setHistory = async (db: QueryExecutorProvider, position: bigint, because: string): Promise<void> => {
  await sql`
    update ops.event_store_origin
    set history_until = ${position}, because = ${because}, set_at = clock_timestamp()`.execute(db);
};
