import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { type Migration, sql } from 'kysely';
import { explainDatabaseError, isConnectionLoss, openDatabase } from '../../platform/database/database.ts';
import { listen } from '../../platform/database/listen.ts';
import { migrate } from '../../platform/database/migrations.ts';
import { isUserError } from '../../platform/errors.ts';
import { testDatabase, testPostgres } from '../support/postgres/test-postgres.ts';
import { until } from '../support/until.ts';

const oneTable: Record<string, Migration> = {
  '0001-things': {
    up: async (db) => {
      await db.schema.withSchema('things').createTable('thing').addColumn('id', 'integer').execute();
    },
  },
};

test('migrations run once, however many processes start at the same time', async (t) => {
  const { url, drop } = await testDatabase();
  t.after(drop);
  const clients = Array.from({ length: 8 }, () => openDatabase(url, { applicationName: 'test' }));
  await Promise.all(clients.map(({ db }) => migrate(db, { schema: 'things', migrations: oneTable })));
  const { db } = clients[0]!;
  const ran = await sql<{ name: string }>`select name from things.migrations`.execute(db);
  assert.deepEqual(
    ran.rows.map((row) => row.name),
    ['0001-things'],
  );
  await Promise.all(clients.map((client) => client.close()));
});

test('two rooms can share a schema with separate migrations', async (t) => {
  const { url, drop } = await testDatabase();
  t.after(drop);
  const { db, close } = openDatabase(url, { applicationName: 'test' });
  await migrate(db, { schema: 'things', table: 'a_migrations', migrations: oneTable });
  await migrate(db, { schema: 'things', table: 'b_migrations', migrations: { '0001-b': { up: async () => {} } } });
  await migrate(db, { schema: 'things', table: 'a_migrations', migrations: oneTable });
  await close();
});

test('refuses a database that a newer release has migrated', async (t) => {
  const { url, drop } = await testDatabase();
  t.after(drop);
  const { db, close } = openDatabase(url, { applicationName: 'test' });
  const newer = { ...oneTable, '0002-newer': { up: async () => {} } };
  await migrate(db, { schema: 'things', migrations: newer });
  await assert.rejects(migrate(db, { schema: 'things', migrations: oneTable }), (error) => {
    assert.ok(isUserError(error));
    assert.equal(error.code, 'database-newer');
    return true;
  });
  await close();
});

test('dates are not shifted by the time zone', async (t) => {
  const { url, drop } = await testDatabase();
  t.after(drop);
  const { db, close } = openDatabase(url, { applicationName: 'test' });
  const { rows } = await sql<{ day: string }>`select date '2024-02-29' as day`.execute(db);
  assert.deepEqual(rows, [{ day: '2024-02-29' }]);
  await close();
});

test('a killed PostgreSQL fails the query, not the process, and work resumes when it is back', async (t) => {
  const first = await testPostgres({ durable: true });
  const { db, close } = openDatabase(first.url, { applicationName: 'test' });
  t.after(close);
  await sql`create table kept (n integer)`.execute(db);
  await sql`insert into kept values (1)`.execute(db);
  const sleeping = sql`select pg_sleep(60)`.execute(db);
  const failed = assert.rejects(sleeping, (error) => isConnectionLoss(error));
  await first.kill();
  await failed;
  await assert.rejects(sql`select 1`.execute(db), (error) => {
    assert.equal(explainDatabaseError(error)?.code, 'database-unreachable');
    return true;
  });

  const folder = first.logFile.slice(0, first.logFile.lastIndexOf('/'));
  const second = await testPostgres({ folder, preferredPort: first.port, durable: true });
  t.after(() => second.close());
  t.after(() => first.close());
  assert.deepEqual((await sql`select n from kept`.execute(db)).rows, [{ n: 1 }]);
});

test('listens again after each lost connection, and leaves nothing on the signal', async (t) => {
  const { url, drop } = await testDatabase();
  t.after(drop);
  const { db, pool, close } = openDatabase(url, { applicationName: 'test' });
  const stop = new AbortController();
  let woken = 0;
  const listening = listen(pool, ['news'], () => void woken++, stop.signal);
  await until('it to listen', () => woken === 1);
  const { length } = getEventListeners(stop.signal, 'abort');
  for (const times of [2, 3]) {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and query like 'listen %'`.execute(db);
    await until('it to listen again', () => woken === times);
  }
  assert.equal(getEventListeners(stop.signal, 'abort').length, length);
  await sql`notify news`.execute(db);
  await until('it to be woken', () => woken === 4);
  stop.abort();
  await listening;
  assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  await close();
});
