import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { sql } from 'kysely';
import { knownCode } from '../../projections/engine/builds/code.ts';
import { catchUp, runProjections } from '../../projections/index.ts';
import { projectionEntries } from '../../projections/registry.ts';
import { openhouse } from '../support/command.ts';
import { until } from '../support/until.ts';
import { record, useWorld } from './support/world.ts';

/** Every read model, in alphabetical order. */
const names = knownCode(projectionEntries).map(({ projection }) => projection.name);
const world = useWorld();
const run = async (...args: string[]) => {
  const extraEnv = { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.server.url };
  return await openhouse(['projections', ...args], { extraEnv });
};

test('rebuilds, promotes and rolls back as docs/replaying-after-a-data-bug.md describes', async () => {
  const { db, store } = world;
  await record(store, 'a', { standardStatus: 'Active', listPrice: 100_000 });
  await record(store, 'a', { listPrice: 90_000 });
  await catchUp(world);

  const list = await run('list');
  assert.equal(list.code, 0, list.stderr);
  assert.match(
    list.stdout,
    /^projection +version +schema +state +position +lag +for +events\/s +parked +size +fed by$/m,
  );
  assert.match(list.stdout, /^listings +2 +listings_v2 +live +\d+ +0 +0\.0 s/m);

  // Someone changes a row by hand, the quickest data bug there is.
  await sql`update listings_v2.listings set list_price = 1`.execute(db);
  const rebuilt = await run('rebuild', 'listings');
  assert.deepEqual(
    [rebuilt.code, rebuilt.stdout],
    [0, 'listings_v2_b2: 2 events\nNext: openhouse projections diff listings\n'],
    rebuilt.stderr,
  );
  const diff = await run('diff', 'listings');
  assert.equal(diff.code, 0, diff.stderr);
  assert.match(diff.stdout, /^listings_v2_b2 against the live listings_v2, both at position \d+$/m);
  assert.match(diff.stdout, /^listings \(1 row live, 1 in the candidate\): 1 row differs$/m);
  assert.match(diff.stdout, /^ {4}list_price: 1 → 90000$/m);
  assert.match(diff.stdout, /listing-a \(2 events\): both versions make the same row from its events/);

  const promoted = await run('promote', 'listings');
  assert.deepEqual([promoted.code, promoted.stdout], [0, 'Readers now see listings_v2_b2 (before: listings_v2).\n']);
  const back = await run('rollback', 'listings', '--json');
  assert.equal(back.code, 0, back.stderr);
  const { from, to } = JSON.parse(back.stdout) as { from: string; to: string };
  assert.deepEqual([from, to], ['listings_v2_b2', 'listings_v2']);
  assert.equal((await run('promote', 'listings')).code, 0);
  const dropped = await run('drop', 'listings');
  assert.deepEqual([dropped.code, dropped.stdout], [0, 'Dropped listings_v2.\n']);
});

test('reports an error in words and as JSON, with an exit code', async () => {
  const unknown = await run('parked', 'prizes');
  assert.equal(unknown.code, 2);
  assert.equal(unknown.stderr, `openhouse: there is no projection prizes\n  There are: ${names.join(', ')}.\n`);
  const missing = await run('promote', 'listings', '--json');
  assert.equal(missing.code, 1);
  assert.equal((JSON.parse(missing.stdout) as { error: { code: string } }).error.code, 'candidate-missing');
  const future = await run('as-of', 'listings', '--position', '99999999', '--into', 'audit');
  assert.equal(future.code, 2);
  assert.match(future.stderr, /there is no position 99999999 yet: the event store ends at \d+/);
});

test('waits until a write can be read, or reports that it took too long', async () => {
  const position = String(await record(world.store, 'a', { listPrice: 80_000 }));
  const late = await run('wait', 'listings', '--position', position, '--timeout', '0');
  assert.equal(late.code, 1);
  assert.match(late.stderr, new RegExp(`listings has not reached position ${position} in time\n.*openhouse start`));

  const waiting = run('wait', 'listings', '--position', position, '--timeout', '60');
  const stop = new AbortController();
  const running = runProjections(world, { signal: stop.signal });
  const { code, stdout, stderr } = await waiting;
  stop.abort();
  await running;
  assert.deepEqual([code, stdout], [0, `Readers of listings see position ${position}.\n`], stderr);
});

test('lists parked events, and retries them', async () => {
  const { client } = await world.store.connection.node();
  await client.appendToStream('listing-a', [jsonEvent({ type: 'ListingTeleported', data: { to: 'Mars' } })]);
  await until('it is parked', async () => {
    const { projections } = await catchUp(world);
    return projections.some(({ name, parked }) => name === 'listings' && parked > 0);
  });
  const parked = await run('parked', 'listings');
  assert.equal(parked.code, 3);
  assert.match(parked.stdout, /^listings_v2_b2: ListingTeleported listing-a@3 \(unreadable\): /m);
  const retried = await run('retry', 'listings', '--record', 'a');
  assert.equal(retried.code, 3);
  assert.match(retried.stdout, /^listings_v2_b2: 1 record retried, 0 events applied, 1 still parked$/m);
  const nobody = await run('retry', 'listings', '--record', 'nobody');
  assert.deepEqual([nobody.code, nobody.stdout], [0, 'Nothing of nobody is parked.\n']);
  assert.equal((await run('list')).code, 3);
  const refused = await run('rebuild', 'listings');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /the rebuild of listings stopped at ListingTeleported listing-a@3 .*\n.*--park/);
});
