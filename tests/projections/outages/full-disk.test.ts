import assert from 'node:assert/strict';
import { chownSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../../../platform/database/database.ts';
import { findBuild, listBuilds } from '../../../projections/engine/builds/builds.ts';
import { catchUp, diffProjection } from '../../../projections/index.ts';
import { openhouse } from '../../support/command.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { smallDisk } from '../../support/small-disk.ts';
import { openWorld, someContext } from '../support/world.ts';

const listings = 80;
const changesEach = 500;

test('reports a disk that fills up during a rebuild, leaves the live model alone, and resumes once there is room', async (t) => {
  // The last one opened is closed first, and nothing uses the disk any longer when it is removed.
  const opened: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const close of opened.reverse()) await close();
  });
  const disk = smallDisk(t, '1g', 'tests/projections/outages/full-disk.test.ts');
  if (disk === undefined) return;
  // The read models are on the small disk; the event store and PostgreSQL's log are not.
  const world = await openWorld();
  opened.push(world.close);
  const database = await testDatabase();
  const tablespace = await moveTo(disk.folder, world.db, new URL(database.url).pathname.slice(1));
  opened.push(() => sql.raw(`drop tablespace ${tablespace}`).execute(world.db), database.drop);
  const { db, close } = openDatabase<unknown>(database.url, { applicationName: 'full disk test' });
  opened.push(close);
  const deps = { ...world, store: world.store, log: world.log, db };
  const run = (...args: string[]) =>
    openhouse(['projections', ...args], { extraEnv: { DATABASE_URL: database.url, EVENTSTORE_URL: world.server.url } });

  for (let n = 0; n < listings; n++)
    await (await world.store.connection.node()).client.appendToStream(`listing-home${n}`, historyOf(n));
  await catchUp(deps);
  const shown = await rowsShown(db);
  const [live] = await listBuilds(db, ['live']).then((all) => all.filter(({ name }) => name === 'listing_changes'));

  const { bsize, blocks, bavail } = statfsSync(disk.folder);
  const used = (blocks - bavail) * bsize;
  // On a connection that is open before: PostgreSQL may need room to open one.
  const candidate = await db.connection().execute(async (connection) => {
    // Room for some of a second table like the live one.
    await disk.remount(`size=${used + Math.round((await sizeOf(connection, live!.schema)) * 0.6)}`);
    const full = await run('rebuild', 'listing_changes');
    assert.equal(full.code, 1, full.stdout);
    assert.match(full.stderr, /the database disk is full\n {2}Free up some space/);
    const [building] = await listBuilds(connection, ['building']);
    assert.match(building!.error!, /No space left on device/);
    assert.ok(building!.events > 0, 'it had begun');
    assert.equal(await rowsShown(connection), shown);
    assert.deepEqual((await findBuild(connection, live!.id))!.position, live!.position);
    return building!;
  });

  await disk.remount('size=1g');
  const resumed = await run('rebuild', 'listing_changes');
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stdout, /40,080 events \(resumed\)/);
  const built = (await findBuild(db, candidate.id))!;
  assert.deepEqual([built.state, built.error, built.events], ['ready', null, listings * (changesEach + 1)]);
  assert.equal((await diffProjection(deps, 'listing_changes')).equal, true);
});

/** Puts a database into a folder of another disk; gives the tablespace. */
const moveTo = async (disk: string, admin: Kysely<unknown>, database: string): Promise<string> => {
  const { rows } = await sql<{ data_directory: string }>`show data_directory`.execute(admin);
  const { uid, gid } = statSync(rows[0]!.data_directory);
  const folder = join(disk, 'tables');
  mkdirSync(folder);
  chownSync(folder, uid, gid);
  const tablespace = `small_${database}`;
  await sql.raw(`create tablespace ${tablespace} location '${folder}'`).execute(admin);
  await sql.raw(`alter database ${database} set tablespace ${tablespace}`).execute(admin);
  return tablespace;
};

const historyOf = (n: number) => {
  const metadata = {
    version: 1,
    actor: someContext.actor,
    source: someContext.source,
    occurredAt: someContext.occurredAt,
    $correlationId: 'tests',
    $causationId: 'tests',
  };
  const data = { listingId: `RX-${n}`, standardStatus: 'Active', listPrice: 100_000 };
  return [
    jsonEvent({ type: 'ListingEntered', data, metadata }),
    ...Array.from({ length: changesEach }, (_, change) =>
      jsonEvent({ type: 'ListPriceChanged', data: { listPrice: 100_001 + change }, metadata }),
    ),
  ];
};

const rowsShown = async (db: Kysely<unknown>): Promise<string> => {
  const { rows } = await sql<{ hash: string }>`
    select count(*) || ' ' || md5(string_agg(change::text, '' order by position)) as hash
    from read.listing_changes as change`.execute(db);
  return rows[0]!.hash;
};

const sizeOf = async (db: Kysely<unknown>, schema: string): Promise<number> => {
  const { rows } = await sql<{ size: string }>`
    select pg_total_relation_size(${`${schema}.listing_changes`}::regclass) as size`.execute(db);
  return Number(rows[0]!.size);
};
