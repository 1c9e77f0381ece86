import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { migrate } from '../../platform/database/migrations.ts';
import { migrateLeases } from '../../platform/lease/migrations.ts';
import { migrateSchedulers, schedulerMigrations } from '../../schedulers/migrations.ts';
import { emptyDatabase } from '../support/postgres/empty-database.ts';

/** The schema of the release before the columns and tables about what was told were renamed. */
const oldMigrations = {
  ...schedulerMigrations,
  migrations: Object.fromEntries(Object.entries(schedulerMigrations.migrations).filter(([name]) => name < '0012')),
};

test('the migration keeps what an older release stored under the former names', async (t) => {
  const { db } = await emptyDatabase(t);
  await migrateLeases(db);
  await migrate(db, oldMigrations);
  const at = '2026-01-02T03:04:05.000Z';
  await sql`insert into ops.alert_search (saved_search_key, last_told_at) values ('s', ${at})`.execute(db);
  await sql`insert into ops.alert_held_record (stream_name, after_position, mended) values ('listing-a', 7, true)`.execute(
    db,
  );
  await sql`
    insert into ops.agent_match_told (member_key, listing_key, told_status, told_price, told_at)
    values ('m', 'a', 'Active', 450000, ${at})`.execute(db);
  await migrateSchedulers(db);
  const { rows } = await sql`
    select search.last_sent_at, held.fixed, sent.sent_status, sent.sent_price::float8, sent.sent_at
    from ops.alert_search as search, ops.alert_held_record as held, ops.agent_match_sent as sent`.execute(db);
  assert.deepEqual(rows, [
    { last_sent_at: new Date(at), fixed: true, sent_status: 'Active', sent_price: 450000, sent_at: new Date(at) },
  ]);
});
