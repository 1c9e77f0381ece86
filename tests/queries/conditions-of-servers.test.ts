import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { migrateImport } from '../../importers/migrations.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { openConsole } from '../console/support.ts';
import { openWorld, type World } from '../history/support.ts';
import { emptyStore } from '../support/event-store/empty-store.ts';
import { testPostgres } from '../support/postgres/test-postgres.ts';
import { assertShown, lookAround, type Seen } from './look-around.ts';

test('event-store-down: its process is gone', async (t) => {
  const world = await openWorld();
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  await world.stopEventStore();
  const seen = await lookAround(console, world);
  assert.deepEqual([seen.health.code, seen.health.status, seen.doctor.code], [503, 'down', 4]);
  const found = seen.health.problems.find(({ condition }) => condition === 'event-store-down');
  const since = Date.parse(String(found?.since));
  assert.ok(Date.now() - since < 60_000, `away since ${found?.since}`);
  assert.match(seen.metrics, /^openhouse_condition\{condition="event-store-down"\} 1$/m);
  const metric = /^openhouse_part_away_since_seconds\{part="Event store"\} (\S+)$/m.exec(seen.metrics)?.[1];
  assert.equal(Number(metric), since / 1000);
  assert.match(seen.page, /event store does not answer/);
  assert.equal((await fetch(`${console.url}/health/ready`)).status, 503);
  assert.equal((await fetch(`${console.url}/health/live`)).status, 200);
});

test('database-ahead-of-store: the database is used with another event store', async (t) => {
  const [world, other] = await Promise.all([openWorld(), openWorld()]);
  const fields = { memberFullName: 'Dana', memberEmail: 'dana@example.com' };
  await world.tell('agent', 'a1', { type: 'RecordAgent', memberKey: 'a1', fields });
  await world.catchUp();
  const mixed = { ...world, store: other.store, eventStoreUrl: other.eventStoreUrl };
  const console = await openConsole(mixed);
  t.after(async () => {
    await console.close();
    await world.close();
    await other.close();
  });
  const seen = await lookAround(console, mixed);
  assertShown('database-ahead-of-store', seen);
  assert.deepEqual([seen.health.status, seen.doctor.code], ['degraded', 1]);
});

test('postgres-down: it accepts connections and never answers, and no one waits long', async (t) => {
  const sockets = new Set<{ destroy(): void }>();
  const silent = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const databaseUrl = `postgres://someone@127.0.0.1:${(silent.address() as { port: number }).port}/none`;
  const { db, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'test' });
  const store = emptyStore as World['store'];
  const console = await openConsole({ db: db as World['db'], store, databaseUrl, eventStoreUrl: 'esdb://127.0.0.1:1' });
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    await console.close();
    await close();
  });
  const started = performance.now();
  const answers = await Promise.all([...Array(20)].map(() => fetch(`${console.url}/health`)));
  // Without a limit of their own they would wait 15 s for a connection.
  assert.ok(performance.now() - started < 10_000, 'all have their answer in a few seconds');
  const health = (await answers[0]!.json()) as Seen['health'];
  assert.deepEqual([answers[0]!.status, health.status, health.problems[0]?.condition], [503, 'down', 'postgres-down']);
  assert.equal((await fetch(`${console.url}/health/live`)).status, 200);
  assert.match(
    await (await fetch(`${console.url}/metrics`)).text(),
    /^openhouse_condition\{condition="postgres-down"\} 1$/m,
  );
  assert.match(await (await fetch(console.url)).text(), /PostgreSQL does not answer/);
});

test('read-models-missing: events were imported, and no read model was built', async (t) => {
  const world = await openWorld();
  await migrateImport(world.db);
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  await sql`insert into ops.import_run (source, started_at, finished_at, result, events)
    values ('/backups/dump', now(), now(), 'succeeded', 42)`.execute(world.db);
  const seen = await lookAround(console, world);
  assertShown('read-models-missing', seen);
  assert.equal(seen.doctor.code, 1);
});

test('connections-run-out: others hold nearly all connections', async (t) => {
  const server = await testPostgres();
  const { db, close } = openDatabase<unknown>(server.url, { applicationName: 'test', max: 2 });
  const store = emptyStore as World['store'];
  const console = await openConsole({
    db: db as World['db'],
    store,
    databaseUrl: server.url,
    eventStoreUrl: 'esdb://127.0.0.1:1',
  });
  const held: pg.Client[] = [];
  t.after(async () => {
    await Promise.all(held.map((client) => client.end()));
    await console.close();
    await close();
    await server.close();
  });
  await (await fetch(`${console.url}/health`)).text(); // the console has its connection
  try {
    for (;;) {
      const client = new pg.Client({ connectionString: server.url });
      client.on('error', () => {});
      await client.connect();
      held.push(client);
    }
  } catch {
    await held.pop()?.end();
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const health = (await (await fetch(`${console.url}/health`)).json()) as Seen['health'];
  assert.ok(
    health.problems.some(({ condition }) => condition === 'connections-run-out'),
    JSON.stringify(health.problems),
  );
});
