import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventStoreDBClient } from '@eventstore/db-client';
import pg from 'pg';
import { embeddedEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';
import { event, events, newStream, seed } from '../support/event-store.ts';
import { collect, revisionsOf } from '../support/wait.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs the server with these arguments until it exits. */
const run = async (...args: string[]): Promise<{ code: number; stderr: string }> => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'eventstore/embedded/main.ts', ...args], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stderr };
};

const connect = (url: string): EventStoreDBClient =>
  EventStoreDBClient.connectionString([url] as unknown as TemplateStringsArray);

test('exits with code 2 on invalid arguments', async () => {
  for (const args of [['--port', 'x', '--database-url', 'postgres://x'], ['--nonsense'], ['--port', '70000']]) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /usage/i);
  }
});

test('exits with code 1 when the port is in use, and releases the store', async () => {
  const database = await testDatabase();
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const { code, stderr } = await run('--database-url', database.url, '--port', String(port));
  assert.equal(code, 1, stderr);
  assert.match(stderr, new RegExp(String(port)));
  taken.close();
  const server = await embeddedEventStore(database.url);
  await server.close();
  await database.drop();
});

test('exits with code 1 when PostgreSQL cannot be reached', async () => {
  const { code, stderr } = await run(
    '--database-url',
    'postgres://127.0.0.1:1/none',
    '--port',
    '0',
    '--start-timeout',
    '1',
  );
  assert.equal(code, 1, stderr);
  assert.match(stderr, /could not start/);
  assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace');
});

test('allows one server per schema; another schema of the same database is another store', async () => {
  const database = await testDatabase();
  const first = await embeddedEventStore(database.url);
  const second = await run('--database-url', database.url, '--port', '0', '--start-timeout', '1');
  assert.equal(second.code, 1, second.stderr);
  assert.match(second.stderr, /schema/);

  const other = await embeddedEventStore(database.url, { args: ['--schema', 'another'] });
  const [a, b] = [connect(first.url), connect(other.url)];
  const s = newStream();
  await seed(a, s, 2);
  assert.equal((await b.appendToStream(s, event(), { expectedRevision: 'no_stream' })).nextExpectedRevision, 0n);
  await Promise.all([a.dispose(), b.dispose()]);
  await Promise.all([first.close(), other.close()]);
  await database.drop();
});

test('a server that has lost its lock can no longer append', async () => {
  const database = await testDatabase();
  const first = await embeddedEventStore(database.url);
  const a = connect(first.url);
  const s = await seed(a, newStream(), 2);
  const waiting = embeddedEventStore(database.url);
  const client = new pg.Client(database.url);
  await client.connect();
  const writers = async () =>
    (
      await client.query(`select pid from pg_stat_activity
      where application_name = 'eventstore writer' and datname = current_database() order by backend_start`)
    ).rows;
  await until('the second server to wait for the lock', async () => (await writers()).length === 2);
  // Frozen, so that it does not reconnect before the other one has noticed.
  process.kill(first.pid, 'SIGSTOP');
  await client.query('select pg_terminate_backend($1)', [(await writers())[0].pid]);
  const second = await waiting;
  process.kill(first.pid, 'SIGCONT');
  const b = connect(second.url);
  assert.equal((await b.appendToStream(s, event(), { expectedRevision: 1n })).nextExpectedRevision, 2n);
  await assert.rejects(a.appendToStream(s, event(), { expectedRevision: 2n, deadline: 5_000 }));
  assert.deepEqual(revisionsOf(await collect(b.readStream(s))), [0, 1, 2]);
  await client.end();
  await Promise.all([a.dispose(), b.dispose()]);
  await Promise.all([first.close(), second.close()]);
  await database.drop();
});

test('after kill -9 the next server gets the schema at once, with all its data', async () => {
  const database = await testDatabase();
  let server = await embeddedEventStore(database.url);
  let client = connect(server.url);
  const s = await seed(client, newStream(), 5);
  await client.dispose();
  await server.kill();
  server = await embeddedEventStore(database.url);
  client = connect(server.url);
  assert.deepEqual(revisionsOf(await collect(client.readStream(s))), [0, 1, 2, 3, 4]);
  assert.equal((await client.appendToStream(s, event(), { expectedRevision: 4n })).nextExpectedRevision, 5n);
  await client.dispose();
  await server.close();
  await database.drop();
});

test('with --exit-with-parent, exits when its standard input is closed', async () => {
  const database = await testDatabase();
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      'eventstore/embedded/main.ts',
      '--database-url',
      database.url,
      '--port',
      '0',
      '--exit-with-parent',
    ],
    { cwd: project, stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  await once(child.stdout, 'data');
  child.stdin.end();
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  await database.drop();
});

test('refuses a schema of a newer version and leaves it unchanged', async () => {
  const database = await testDatabase();
  const server = await embeddedEventStore(database.url);
  await server.close();
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query('INSERT INTO eventstore.migrations VALUES (999, now())');
  const { code, stderr } = await run('--database-url', database.url, '--port', '0', '--start-timeout', '2');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /999/);
  await sql.end();
  await database.drop();
});

test('removes in the background exactly what limits and deletes made unreadable', async () => {
  const database = await testDatabase();
  const server = await embeddedEventStore(database.url, { args: ['--scavenge-interval', '1'] });
  const client = connect(server.url);
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  const rows = async (type: string): Promise<number> => {
    const { rows: found } = await sql.query<{ count: string }>(
      `SELECT count(*) FROM eventstore.events JOIN eventstore.event_types t ON t.id = type_id WHERE t.name = $1`,
      [Buffer.from(type)],
    );
    return Number(found[0]!.count);
  };
  const kept = await seed(client, newStream(), 50, 'Kept');
  const counted = await seed(client, newStream(), 50, 'Counted');
  const truncated = await seed(client, newStream(), 50, 'Truncated');
  const aged = await seed(client, newStream(), 50, 'Aged');
  const deleted = await seed(client, newStream(), 50, 'Deleted');
  const tombstoned = await seed(client, newStream(), 50, 'Tombstoned');
  await client.setStreamMetadata(counted, { maxCount: 3 });
  await client.setStreamMetadata(truncated, { truncateBefore: 45 });
  await client.setStreamMetadata(aged, { maxAge: 1 });
  await client.deleteStream(deleted);
  await client.tombstoneStream(tombstoned);
  // A stream's last event stays, so that its revisions continue.
  await until('only readable events to be left', async () => {
    for (const [type, most] of Object.entries({ Counted: 3, Truncated: 5, Aged: 1, Deleted: 1, Tombstoned: 1 })) {
      if ((await rows(type)) > most) return false;
    }
    return true;
  });
  assert.equal(await rows('Kept'), 50);
  assert.deepEqual(revisionsOf(await collect(client.readStream(kept))), [...Array(50).keys()]);
  assert.deepEqual(revisionsOf(await collect(client.readStream(counted))), [47, 48, 49]);
  assert.deepEqual(revisionsOf(await collect(client.readStream(truncated))), [45, 46, 47, 48, 49]);
  assert.equal((await client.appendToStream(deleted, events(1))).nextExpectedRevision, 50n);
  assert.equal((await client.appendToStream(aged, events(1))).nextExpectedRevision, 50n);
  const all = await collect(client.readAll());
  for (let i = 1; i < all.length; i++) {
    assert.ok(all[i]!.event!.position!.commit > all[i - 1]!.event!.position!.commit, `event ${i} of $all`);
  }
  assert.ok(all.length < 150, `${all.length} events in $all`);
  await sql.end();
  await client.dispose();
  await server.close();
  await database.drop();
});
