import type { Migration } from 'kysely';
import { type Migrations, migrate, tableComments } from '../../platform/database/migrations.ts';
import { migrateLeases } from '../../platform/lease/migrations.ts';
import { type Database, query } from './database.ts';

const builds: Migration = {
  async up(db) {
    await query(
      db,
      `create table ops.projection_build (
         id bigint generated always as identity primary key,
         name text not null,
         version integer not null,
         schema_name text not null unique,
         state text not null check (state in ('building', 'ready', 'live', 'previous', 'retired', 'as-of')),
         code text not null,
         code_hash text not null,
         commit_position bigint,
         prepare_position bigint,
         last_event_id text,
         last_event_position bigint,
         last_event_created timestamptz,
         events bigint not null default 0,
         events_per_second double precision,
         sampled_at timestamptz,
         sampled_events bigint,
         error text,
         error_at timestamptz,
         created_at timestamptz not null default now(),
         caught_up_at timestamptz,
         live_at timestamptz,
         lease_holder text,
         lease_token bigint not null default 0,
         lease_expires_at timestamptz
       )`,
    );
    await query(db, `create unique index projection_build_live on ops.projection_build (name) where state = 'live'`);
    await query(
      db,
      `create unique index projection_build_previous on ops.projection_build (name) where state = 'previous'`,
    );
    await query(
      db,
      `create unique index projection_build_candidate on ops.projection_build (name) where state in ('building', 'ready')`,
    );
    await query(
      db,
      `create table ops.projection_parked (
         build_id bigint not null references ops.projection_build on delete cascade,
         stream_name text not null,
         revision bigint not null,
         commit_position bigint not null,
         prepare_position bigint not null,
         event_id text not null,
         event_type text not null,
         cause text not null check (cause in ('handler', 'time-limit', 'unreadable', 'database', 'follows')),
         message text not null,
         parked_at timestamptz not null default now(),
         primary key (build_id, stream_name, revision)
       )`,
    );
  },
};

/** For other rooms: the records that are not up to date in a live model, and since when. */
const parkedRecords: Migration = {
  async up(db) {
    await query(
      db,
      `create view ops.parked_record as
         select build.name as projection, parked.stream_name, min(parked.commit_position) as since_position
         from ops.projection_parked as parked join ops.projection_build as build on build.id = parked.build_id
         where build.state = 'live' group by 1, 2`,
    );
  },
};

/** One lease for everything that only one process at a time may do (see platform/lease). */
const oneLease: Migration = {
  async up(db) {
    await query(
      db,
      `alter table ops.projection_build drop column lease_holder, drop column lease_token, drop column lease_expires_at`,
    );
  },
};

const comments = tableComments({
  projection_build: 'Every build of a read model: its code, its state and its progress.',
  projection_parked: 'Events that a read model rejected, and the later ones of the same record.',
});

export const projectionMigrations: Migrations = {
  schema: 'ops',
  table: 'projection_migrations',
  migrations: {
    '0001-builds': builds,
    '0002-parked-records': parkedRecords,
    '0003-one-lease': oneLease,
    '0004-comments': comments,
  },
};

/** Brings the engine's tables in `ops` up to date, and creates the schema of the views. */
export const migrateProjections = async (db: Database): Promise<void> => {
  await migrateLeases(db);
  await migrate(db, projectionMigrations);
  await query(db, 'create schema if not exists read').catch(ignoreDuplicate);
};

/** Two processes may both find the schema missing; the slower one can ignore the error. */
const ignoreDuplicate = (error: unknown) => {
  const code = (error as { code?: string }).code;
  if (code !== '23505' && code !== '42P06') throw error;
};
