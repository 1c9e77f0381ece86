import { type Migration, sql } from 'kysely';
import { type Migrations, migrate } from '../database/migrations.ts';

type AnyDatabase = Parameters<typeof migrate>[0];

const processes: Migration = {
  async up(db) {
    await sql`
      create table ops.process (
        process_id uuid primary key,
        host text not null,
        pid integer not null,
        command text not null,
        -- what it keeps going: 'console', 'jobs', 'read models'
        roles text[] not null,
        console_url text,
        home text not null,
        started_at timestamptz not null default clock_timestamp(),
        -- by the database's clock; a process that ends takes its row away
        beat_at timestamptz not null default clock_timestamp(),
        -- how far its clock is ahead of the database's
        clock_ahead_ms double precision not null default 0,
        -- of the disk that its home is on
        disk_free_bytes bigint
      )`.execute(db);
    await sql`comment on table ops.process is 'Who runs what: a row for each running process, with its last sign of life.'`.execute(
      db,
    );
  },
};

export const processMigrations: Migrations = {
  schema: 'ops',
  table: 'process_migrations',
  migrations: { '0001-processes': processes },
};

/** Creates or updates `ops.process`. Safe to call from many processes at once. */
export const migrateProcesses = (db: AnyDatabase): Promise<void> => migrate(db, processMigrations);
