import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { openLeases } from '../../../platform/lease/session.ts';
import { listBuilds } from '../../../projections/engine/builds/builds.ts';
import { leaseOf } from '../../../projections/engine/builds/lease.ts';
import {
  asOf,
  catchUp,
  diffProjection,
  dropBuilds,
  listParked,
  projectionStatus,
  promote,
  rebuild,
  rollback,
  waitForPosition,
} from '../../../projections/index.ts';
import { testEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { usePrices } from '../support/prices.ts';
import { record, useWorld } from '../support/world.ts';

const world = useWorld();
const code = usePrices();

const prices = async () => {
  const { rows } = await sql<{ listing_key: string; list_price: string }>`
    select listing_key, list_price from read.prices order by 1`.execute(world.db);
  return rows.map(({ listing_key, list_price }) => `${listing_key} ${list_price}`);
};

test('reports an error when there is nothing to promote, roll back to, drop or compare', async () => {
  const { entries } = code;
  await record(world.store, 'a', { standardStatus: 'Active', listPrice: 100 });
  await catchUp(world, { entries });
  await assert.rejects(promote(world, 'prices'), { code: 'candidate-missing' });
  await assert.rejects(rollback(world, 'prices'), { code: 'previous-missing' });
  await assert.rejects(diffProjection(world, 'prices'), { code: 'candidate-missing' });
  await assert.rejects(dropBuilds(world.db, 'prices', 'prices_v1'), { code: 'build-live' });
  await assert.rejects(dropBuilds(world.db, 'prices', 'prices_v9'), { code: 'build-unknown' });
  await assert.rejects(diffProjection(world, 'prices', { against: 'prices_v1' }), {
    code: 'build-live',
    message: 'prices_v1 is the live build of prices itself',
  });
  await assert.rejects(rebuild(world, ['prizes'], { entries }), { code: 'projection-unknown' });
  await assert.rejects(listParked(world.db, 'prizes'), { code: 'projection-unknown' });
});

test('refuses a second rebuild, and a promote, while a rebuild is running, and leaves the live model alone', async () => {
  const { db } = world;
  const { entries } = code;
  await rebuild(world, ['prices'], { entries });
  const [candidate] = await listBuilds(db, ['ready']);
  // As if another process were in the middle of building it.
  await sql`update ops.projection_build set state = 'building' where id = ${candidate!.id}`.execute(db);
  const another = await openLeases(db, { holder: 'another process', lastsMs: 60_000 });
  await another.take(leaseOf(candidate!));
  await assert.rejects(rebuild(world, ['prices'], { entries }), {
    code: 'rebuild-under-way',
    message: /another process/,
  });
  await assert.rejects(promote(world, 'prices'), { code: 'candidate-unfinished', message: /another process/ });
  await assert.rejects(diffProjection(world, 'prices'), { code: 'candidate-unfinished' });
  assert.deepEqual(await prices(), ['a 100.00']);
  await another.close();
  const [again] = await rebuild(world, ['prices'], { entries });
  assert.deepEqual([again!.resumed, again!.schema], [true, candidate!.schema]);
  await dropBuilds(db, 'prices', candidate!.schema);
});

test('reports tables that were changed by hand, which a rebuild and promote fixes', async () => {
  const { db, store } = world;
  const { entries } = code;
  await sql`alter table prices_v1.prices rename column changes to remarks`.execute(db);
  await record(store, 'a', { listPrice: 90 });
  const { projections } = await catchUp(world, { entries });
  assert.match(
    projections[0]!.error!,
    /changed by hand .*missing: prices\.changes integer.*unexpected: prices\.remarks/,
  );
  const [live] = (await projectionStatus(world, { entries })).filter(({ state }) => state === 'live');
  assert.match(live!.error!, /changed by hand/);
  await rebuild(world, ['prices'], { entries });
  await promote(world, 'prices', { force: true });
  assert.deepEqual(await prices(), ['a 90.00']);
  await dropBuilds(db, 'prices');
});

test('diff finds a row that was changed by hand, and says that the code is not the cause', async () => {
  const { db } = world;
  const { entries } = code;
  const [live] = await listBuilds(db, ['live']);
  await sql`update ${sql.table(`${live!.schema}.prices`)} set list_price = 1`.execute(db);
  await rebuild(world, ['prices'], { entries });
  const diff = await diffProjection(world, 'prices');
  const [sample] = diff.tables[0]!.differing.samples;
  assert.deepEqual(sample!.values, { list_price: { live: 1, candidate: 90 } });
  assert.equal(sample!.events!.cause, null);
  assert.match(sample!.events!.explanation, /changed by hand/);
  await promote(world, 'prices');
});

test('compares versions with different columns by those they share, and the view follows a promote', async () => {
  const { entries } = code;
  await code.write({
    version: 2,
    columns: `{ note: 'text' }`,
    onPrice: `return { listPrice: data.listPrice, note: 'moved' };`,
  });
  const [built] = await rebuild(world, ['prices'], { entries });
  assert.equal(built!.schema, 'prices_v2');
  const diff = await diffProjection(world, 'prices');
  assert.deepEqual(diff.tables[0]!.columns, { onlyInLive: [], onlyInCandidate: ['note'] });
  assert.deepEqual(diff.tables[0]!.differing.byColumn, { changes: 1 });
  await promote(world, 'prices');
  const { rows } = await sql<{ note: string }>`select note from read.prices`.execute(world.db);
  assert.deepEqual(rows, [{ note: 'moved' }]);
  await rollback(world, 'prices');
  const back = await sql<{ note: string | null }>`select note from read.prices`.execute(world.db);
  assert.deepEqual(back.rows, [{ note: null }], 'queries of the newer version keep working');
});

test('reports an event store that was replaced or truncated, and touches no row', async (t) => {
  const { entries } = code;
  const shown = await prices();
  const database = await testDatabase();
  const server = await testEventStore(database.url);
  const other = connectEventStore(server.url);
  t.after(async () => {
    await other.close();
    await server.close();
    await database.drop();
  });
  await record(other, 'stranger', { standardStatus: 'Active', listPrice: 5 });
  const shorter = await catchUp({ ...world, db: world.db, log: world.log, store: other }, { entries });
  assert.match(shorter.projections[0]!.error!, /truncated or replaced: (it ends at position|the event at position)/);
  for (let n = 0; n < 20; n++) await record(other, `stranger${n}`, { standardStatus: 'Active', listPrice: 5 });
  const longer = await catchUp({ ...world, db: world.db, log: world.log, store: other }, { entries });
  assert.match(longer.projections[0]!.error!, /truncated or replaced: the event at position \d+ is not the one/);
  assert.deepEqual(await prices(), shown);
  const right = await catchUp(world, { entries });
  assert.deepEqual(
    right.projections.map(({ error }) => error),
    right.projections.map(() => null),
  );
});

test('a read model as of a moment holds what was recorded by then, and nothing later', async () => {
  const { db, store } = world;
  await record(store, 'b', { standardStatus: 'Active', listPrice: 200 });
  const then = new Date();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const position = await record(store, 'b', { listPrice: 190 });
  await record(store, 'b', { listPrice: 180 });
  await catchUp(world, { entries: code.entries });
  const priceIn = async (schema: string) => {
    const { rows } = await sql<{ list_price: string }>`
      select list_price from ${sql.table(`${schema}.prices`)} where listing_key = 'b'`.execute(db);
    return Number(rows[0]!.list_price);
  };
  const past = await asOf(world, 'prices', { moment: { at: then }, into: 'audit_then' });
  assert.equal(await priceIn('audit_then'), 200);
  assert.ok(past.recordedAt! <= then);
  await asOf(world, 'prices', { moment: { position }, into: 'audit_position' });
  assert.equal(await priceIn('audit_position'), 190);
  await assert.rejects(asOf(world, 'prices', { moment: { position }, into: 'audit_then' }), { code: 'schema-exists' });
  await asOf(world, 'prices', { moment: { position }, into: 'audit_then', replace: true });
  assert.equal(await priceIn('audit_then'), 190);
  await assert.rejects(asOf(world, 'prices', { moment: { position }, into: 'ops' }), { code: 'schema-name' });
  await assert.rejects(asOf(world, 'prices', { moment: { position }, into: 'x"; drop schema ops; --' }), {
    code: 'schema-name',
  });
  const future = (await store.lastPosition())!.commit + 1_000_000n;
  await assert.rejects(asOf(world, 'prices', { moment: { position: future }, into: 'audit_future' }), {
    code: 'position-unknown',
    message: new RegExp(`^there is no position ${future} yet: the event store ends at \\d+$`),
  });
  const stopped = asOf(world, 'prices', { moment: { at: then }, into: 'audit_stopped', signal: AbortSignal.abort() });
  await assert.rejects(stopped, { code: 'as-of-stopped' });
  assert.deepEqual(
    (await listBuilds(db, ['as-of'])).map(({ schema }) => schema),
    ['audit_position', 'audit_then'],
    'nothing is left of the failed build',
  );
  assert.deepEqual(await dropBuilds(db, 'prices', 'audit_then'), ['audit_then']);
  assert.equal((await listBuilds(db, ['live']))[0]!.state, 'live');
});

test('waiting for a position ends when the read model reaches it, or when the time is up', async () => {
  const { db, store } = world;
  const position = await record(store, 'b', { listPrice: 170 });
  assert.equal(await waitForPosition(db, 'prices', { commit: position, prepare: position }, 50), false);
  const waiting = waitForPosition(db, 'prices', { commit: position, prepare: position }, 20_000);
  await catchUp(world, { entries: code.entries });
  assert.equal(await waiting, true);
  assert.ok((await prices()).includes('b 170.00'));
  await assert.rejects(waitForPosition(db, 'prizes', { commit: 1n, prepare: 1n }, 10), {
    code: 'projection-unknown',
  });
});
