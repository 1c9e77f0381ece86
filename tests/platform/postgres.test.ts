import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { testDatabase } from '../support/postgres/test-postgres.ts';

test('a fresh database is empty and can be dropped', async () => {
  const database = await testDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  const tables = await client.query("select 1 from information_schema.tables where table_schema = 'public'");
  assert.equal(tables.rowCount, 0);
  await client.end();
  await database.drop();
});
