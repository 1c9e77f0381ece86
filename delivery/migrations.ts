import { type Kysely, type Migration, sql } from 'kysely';
import { type Migrations, migrate } from '../platform/migrations.ts';

/** `db` may be a kysely of any tables: this room's are written as SQL. */
type AnyDatabase = Parameters<typeof migrate>[0];

const sentMemory: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table ops.sent_memory (
        contact_key text not null,
        listing_key text not null,
        -- the old CRM's word: told of the home as it was then
        legacy_sent_at timestamptz,
        -- ours: the newest change told (position in $all)
        told_position bigint,
        saved_search_key text,
        primary key (contact_key, listing_key)
      )`.execute(db);
    await sql`comment on table ops.sent_memory is
      'What each lead was told of each listing. Not derived from events: never drop it.'`.execute(db);
  },
};

const migrations: Migrations = {
  schema: 'ops',
  table: 'delivery_migrations',
  migrations: { '0001-sent-memory': sentMemory },
};

/** Makes or brings up to date the tables of this room (`ops.sent_memory`, …). Safe from many processes at once. */
export const migrateDelivery = (db: AnyDatabase): Promise<void> => migrate(db, migrations);
