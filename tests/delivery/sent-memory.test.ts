import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { migrateDelivery } from '../../delivery/migrations.ts';
import { rememberLegacyAlerts } from '../../delivery/sent-memory.ts';
import { type OpenDatabase, openDatabase } from '../../platform/database/database.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';

let database: OpenDatabase<unknown>;
let drop: () => Promise<void>;

before(async () => {
  const fresh = await testDatabase();
  drop = fresh.drop;
  database = openDatabase(fresh.url, { applicationName: 'test' });
  await migrateDelivery(database.db);
});
after(async () => {
  await database?.close();
  await drop?.();
});

const memory = async (contactKey: string) => {
  const { rows } = await sql<{ listing_key: string; legacy_sent_at: Date; saved_search_key: string | null }>`
    select listing_key, legacy_sent_at, saved_search_key from ops.sent_memory
    where contact_key = ${contactKey} order by listing_key`.execute(database.db);
  return rows.map((row) => [row.listing_key, row.legacy_sent_at.toISOString(), row.saved_search_key]);
};

test('keeps the latest time that the old CRM sent each listing to each lead', async () => {
  const alerts = [
    { contactKey: 'ana', listingKey: 'home-1', savedSearchKey: 's', sentAt: '2024-01-01T00:00:00.000Z' },
    { contactKey: 'ana', listingKey: 'home-1', savedSearchKey: 's', sentAt: '2024-03-01T00:00:00.000Z' },
    { contactKey: 'ana', listingKey: 'home-2', sentAt: '2024-02-01T00:00:00.000Z' },
  ];
  assert.equal(await rememberLegacyAlerts(database.db, alerts), 2);
  const expected = [
    ['home-1', '2024-03-01T00:00:00.000Z', 's'],
    ['home-2', '2024-02-01T00:00:00.000Z', null],
  ];
  assert.deepEqual(await memory('ana'), expected);

  assert.equal(await rememberLegacyAlerts(database.db, alerts), 0, 'repeating it changes nothing');
  assert.deepEqual(await memory('ana'), expected);
});

test('an earlier e-mail that is imported later changes nothing', async () => {
  const at = (sentAt: string) => [{ contactKey: 'bob', listingKey: 'home-1', savedSearchKey: 's', sentAt }];
  await rememberLegacyAlerts(database.db, at('2024-03-01T00:00:00.000Z'));
  assert.equal(await rememberLegacyAlerts(database.db, at('2024-01-01T00:00:00.000Z')), 0);
  assert.deepEqual(await memory('bob'), [['home-1', '2024-03-01T00:00:00.000Z', 's']]);
});

test('accepts an empty list', async () => {
  assert.equal(await rememberLegacyAlerts(database.db, []), 0);
});

test('treats an e-mail that the old CRM dated in the future as already sent', async () => {
  const sentAt = new Date(Date.now() + 365 * 24 * 3_600_000).toISOString();
  await rememberLegacyAlerts(database.db, [{ contactKey: 'carl', listingKey: 'home-1', sentAt }]);
  const [[, remembered]] = (await memory('carl')) as [[string, string, null]];
  assert.ok(Date.parse(remembered) <= Date.now() + 1_000);
});
