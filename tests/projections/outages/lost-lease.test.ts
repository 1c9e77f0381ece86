import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { listBuilds } from '../../../projections/engine/builds/builds.ts';
import { leaseOf } from '../../../projections/engine/builds/lease.ts';
import {
  catchUp,
  diffProjection,
  dropBuilds,
  promote,
  rebuild,
  rollback,
  runProjections,
} from '../../../projections/index.ts';
import { programArguments } from '../../support/bundle.ts';
import { endConnectionOf, takeFromHolder, takerWaits } from '../../support/postgres/leases.ts';
import { until } from '../../support/until.ts';
import { pricesOnDisk } from '../support/prices.ts';
import { openWorld, record, type World } from '../support/world.ts';

/** A world whose read models are fed in this process from when `feedHere` is called until the test ends. */
const openedWorld = async (t: TestContext): Promise<World & { feedHere(): void }> => {
  const world = await openWorld();
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  t.after(async () => {
    stop.abort();
    await running;
    await world.close();
  });
  return Object.assign(world, {
    feedHere() {
      running = runProjections(world, { signal: stop.signal, holder: 'here' });
    },
  });
};

/** The same, with the test projection `prices` and one listing. */
const worldWithPrices = async (t: TestContext) => {
  const world = await openedWorld(t);
  const code = await pricesOnDisk();
  t.after(() => code.remove());
  const { entries } = code;
  await record(world.store, 'a', { standardStatus: 'Active', listPrice: 100 });
  await catchUp(world, { entries });
  return { world, entries };
};

/** The read models fed by a separate process. */
const startFeeder = async (world: World): Promise<ChildProcess> => {
  const program = programArguments('tests/projections/support/feeder.ts');
  const feeder = spawn(process.execPath, [...program, 'live', world.databaseUrl, world.eventStoreUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  await once(feeder.stdout!, 'data');
  return feeder;
};

const shownPrice = async ({ db }: World, key: string): Promise<number | undefined> => {
  const { rows } = await sql<{ list_price: string }>`
    select list_price from read.listings where listing_key = ${key}`
    .execute(db)
    .catch(() => ({ rows: [] }));
  return rows[0] === undefined ? undefined : Number(rows[0].list_price);
};

const holders = async ({ db }: World): Promise<(string | null)[]> =>
  (await listBuilds(db, ['live'])).map(({ holder }) => holder);

/** How long it takes from now until this process feeds all of them, in ms. */
const takeoverOf = async (world: World): Promise<number> => {
  const began = Date.now();
  await until('another feeds', async () => (await holders(world)).every((holder) => holder === 'here'));
  return Date.now() - began;
};

/** What a busy machine may add. */
const slackMs = 5_000;

/** Checks that the read models equal a rebuild from the events: each event counted once. */
const areAsRebuilt = async (world: World): Promise<void> => {
  await catchUp(world);
  await rebuild(world, ['listings', 'listing_changes']);
  for (const name of ['listings', 'listing_changes']) assert.ok((await diffProjection(world, name)).equal, name);
};

test('read models fed by a process that is killed are taken over within a second', async (t) => {
  const world = await openedWorld(t);
  const feeder = await startFeeder(world);
  await record(world.store, 'a', { standardStatus: 'Active', listPrice: 100 });
  await until('it feeds', async () => (await shownPrice(world, 'a')) === 100);
  world.feedHere();
  await sleep(1_000);
  assert.ok((await holders(world)).every((holder) => holder === 'feeder'));
  const ended = once(feeder, 'exit');
  feeder.kill('SIGKILL');
  await ended;
  const tookMs = await takeoverOf(world);
  t.diagnostic(`${tookMs} ms`);
  assert.ok(tookMs < 1_000 + slackMs, `took ${tookMs} ms`);
  await record(world.store, 'a', { listPrice: 110 });
  await until('another feeds', async () => (await shownPrice(world, 'a')) === 110);
  await areAsRebuilt(world);
});

test('a process that is frozen while feeding is replaced within 4 seconds, and commits nothing more when it wakes up', async (t) => {
  const world = await openedWorld(t);
  const feeder = await startFeeder(world);
  let [appending, price] = [true, 100];
  const appends = (async () => {
    for (; appending; price++)
      await record(world.store, `home${price % 20}`, { standardStatus: 'Active', listPrice: price });
  })();
  await until('it feeds', async () => (await shownPrice(world, 'home1')) !== undefined);
  world.feedHere();
  await sleep(1_000);
  feeder.kill('SIGSTOP');
  const tookMs = await takeoverOf(world);
  t.diagnostic(`${tookMs} ms`);
  assert.ok(tookMs < 4_000 + slackMs, `took ${tookMs} ms`);
  feeder.kill('SIGCONT');
  await sleep(1_500);
  assert.ok((await holders(world)).every((holder) => holder === 'here'));
  appending = false;
  await appends;
  feeder.kill('SIGKILL');
  await areAsRebuilt(world);
});

test('a process that loses its connection for leases continues with a new one', async (t) => {
  const world = await openedWorld(t);
  world.feedHere();
  await record(world.store, 'a', { standardStatus: 'Active', listPrice: 100 });
  await until('it feeds', async () => (await shownPrice(world, 'a')) === 100);
  for (let round = 1; round <= 3; round++) {
    const [build] = await listBuilds(world.db, ['live']);
    await endConnectionOf(world.db, leaseOf(build!));
    await record(world.store, 'a', { listPrice: 100 + round });
    await until('it feeds again', async () => (await shownPrice(world, 'a')) === 100 + round);
  }
  await areAsRebuilt(world);
});

test('a rebuild whose lease is taken away stops, and can be resumed', async (t) => {
  const world = await openedWorld(t);
  for (let n = 0; n < 300; n++)
    await record(world.store, `home${n % 30}`, { standardStatus: 'Active', listPrice: n + 1 });
  await catchUp(world);
  // Held up before its end, which would be reached too soon on a fast machine.
  await sql`create function public.wait_for_test() returns event_trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock_shared(1); end $$`.execute(world.db);
  await sql`create event trigger wait on ddl_command_start when tag in ('CREATE INDEX')
    execute function public.wait_for_test()`.execute(world.db);
  await world.db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(1)`.execute(connection);
    const lost = assert.rejects(rebuild(world, ['listings']), { code: 'rebuild-lost' });
    await until('the rebuild to create indexes', async () => {
      const { rows } = await sql`
        select from pg_locks where locktype = 'advisory' and classid = 0 and objid = 1 and not granted
          and database = (select oid from pg_database where datname = current_database())`.execute(connection);
      return rows.length > 0;
    });
    const [build] = await listBuilds(world.db, ['building']);
    const taking = takeFromHolder(world.db, leaseOf(build!));
    await takerWaits(world.db);
    await sql`select pg_advisory_unlock(1)`.execute(connection);
    await Promise.all([taking, lost]);
  });
  const [again] = await rebuild(world, ['listings']);
  assert.equal(again!.resumed, true);
  assert.ok((await diffProjection(world, 'listings')).equal);
});

test('one of two promotes at once succeeds, and the previous version stays', async (t) => {
  const { world, entries } = await worldWithPrices(t);
  for (let round = 1; round <= 4; round++) {
    const [before] = await listBuilds(world.db, ['live']);
    const [candidate] = await rebuild(world, ['prices'], { entries });
    const ends = await Promise.allSettled([promote(world, 'prices'), promote(world, 'prices')]);
    assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { reason } = ends.find((end): end is PromiseRejectedResult => end.status === 'rejected')!;
    assert.ok(['build-gone', 'candidate-missing'].includes(reason.code), String(reason));
    assert.equal((await listBuilds(world.db, ['live']))[0]!.schema, candidate!.schema);
    assert.equal((await listBuilds(world.db, ['previous']))[0]!.schema, before!.schema);
  }
});

test('concurrent promoting, rolling back, comparing, dropping and rebuilding never remove the live build', async (t) => {
  const { world, entries } = await worldWithPrices(t);
  const stop = new AbortController();
  const running = runProjections(world, { signal: stop.signal, entries });
  const deadline = Date.now() + 8_000;
  const seen: string[] = [];
  const over = async (work: () => Promise<unknown>) => {
    while (Date.now() < deadline) {
      await work().catch((error: Error & { code?: string }) => {
        seen.push(`${error.code}: ${error.message}`);
      });
      await sleep(Math.random() * 30);
    }
  };
  let price = 100;
  await Promise.all([
    over(() => record(world.store, 'a', { listPrice: ++price })),
    over(() => promote(world, 'prices', { force: true })),
    over(() => rollback(world, 'prices', { force: true })),
    over(() => rebuild(world, ['prices'], { entries })),
    over(() => dropBuilds(world.db, 'prices')),
    over(() => diffProjection(world, 'prices', { patience: 2_000 })),
    over(async () => assert.ok((await sql`select * from read.prices`.execute(world.db)).rows.length <= 1)),
  ]);
  const unexpected = seen.filter((line) => /^(40P01|42P01|3F000|undefined)/.test(line));
  assert.deepEqual(unexpected, []);
  stop.abort();
  await running;
  await catchUp(world, { entries });
  const { rows } = await sql<{ list_price: string }>`select list_price from read.prices`.execute(world.db);
  assert.equal(Number(rows[0]?.list_price), price);
});
