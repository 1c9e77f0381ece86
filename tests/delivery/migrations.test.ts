import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { deliveryMigrations, migrateDelivery } from '../../delivery/migrations.ts';
import { migrate } from '../../platform/database/migrations.ts';
import { emptyDatabase } from '../support/postgres/empty-database.ts';

/** The schema of the release before told_price. */
const oldMigrations = {
  ...deliveryMigrations,
  migrations: Object.fromEntries(Object.entries(deliveryMigrations.migrations).filter(([name]) => name < '0004')),
};

test('the migration keeps what older releases sent, with the price from the market feed', async (t) => {
  const { db } = await emptyDatabase(t);
  await migrate(db, oldMigrations);
  await sql`
    insert into ops.sent_memory (contact_key, listing_key, legacy_sent_at, told_position, saved_search_key) values
      ('ana', 'legacy', '2024-01-01T00:00:00Z', null, 's'),
      ('ana', 'told', null, 17, 's'),
      ('ana', 'forgotten', null, 18, 's')`.execute(db);
  await sql`create schema read`.execute(db);
  await sql`
    create table read.listing_changes as
    select 17::bigint as position, 'told' as listing_key, 'Coming Soon' as standard_status,
      450000::numeric(14,2) as list_price, '2025-01-01T00:00:00Z'::timestamptz as recorded_at`.execute(db);
  await migrateDelivery(db);
  const { rows } = await sql`
    select listing_key, legacy_sent_at is not null as legacy, sent_position, sent_status, sent_price
    from ops.sent_memory order by listing_key`.execute(db);
  assert.deepEqual(rows, [
    { listing_key: 'forgotten', legacy: false, sent_position: '18', sent_status: 'Active', sent_price: null },
    { listing_key: 'legacy', legacy: true, sent_position: null, sent_status: null, sent_price: null },
    { listing_key: 'told', legacy: false, sent_position: '17', sent_status: 'Coming Soon', sent_price: '450000.00' },
  ]);
});
