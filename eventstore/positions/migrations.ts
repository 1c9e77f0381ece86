import { type Migration, sql } from 'kysely';
import { type Migrations, migrate, tableComments } from '../../platform/database/migrations.ts';

type AnyDatabase = Parameters<typeof migrate>[0];

const origin: Migration = {
  async up(db) {
    await sql`
      create table ops.event_store_origin (
        only_row boolean primary key default true check (only_row),
        -- events up to here (commit position in $all) are older than this database: history, and not news
        history_until bigint not null,
        -- why a person set or released it, and when
        because text,
        set_at timestamptz not null default clock_timestamp(),
        -- events up to here are known to come from runs that this database has a record of
        explained_until bigint not null
      )`.execute(db);
  },
};

const explainedEvent: Migration = {
  async up(db) {
    await sql`
      alter table ops.event_store_origin
        -- the last of those events: positions may be assigned again
        add column explained_event_id uuid,
        add column explained_event_position bigint`.execute(db);
  },
};

const comments = tableComments({
  event_store_origin: 'The position up to which events are history for this database, and cause no alerts. One row.',
});

export const eventStoreMigrations: Migrations = {
  schema: 'ops',
  table: 'event_store_migrations',
  migrations: { '0001-origin': origin, '0002-comments': comments, '0003-explained-event': explainedEvent },
};

/** Creates or updates this room's table (`ops.event_store_origin`). */
export const migrateEventStore = (db: AnyDatabase): Promise<void> => migrate(db, eventStoreMigrations);
