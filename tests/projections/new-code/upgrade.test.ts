import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { catchUp, prepareProjections, projectionStatus, upgradeReadModels } from '../../../projections/index.ts';
import { pricesOnDisk } from '../support/prices.ts';
import { openWorld, record, type World } from '../support/world.ts';

let world: World;
let code: Awaited<ReturnType<typeof pricesOnDisk>>;
before(async () => {
  code = await pricesOnDisk();
});
after(async () => {
  await code.remove();
});
afterEach(() => world.close());
/** Two listings, shown by a read model that an older release made. */
beforeEach(async () => {
  world = await openWorld();
  await code.write();
  await record(world.store, 'a', { standardStatus: 'Active', listPrice: 100 });
  await record(world.store, 'b', { standardStatus: 'Active', listPrice: 200 });
  await record(world.store, 'b', { listPrice: 190 });
  await catchUp(world, { entries: code.entries });
});

const states = async () =>
  (await projectionStatus(world, { entries: code.entries })).map(({ schema, state }) => `${schema} ${state}`);

const newVersion = {
  version: 2,
  columns: `{ note: 'text' }`,
  onPrice: `return { listPrice: data.listPrice, note: 'cut' };`,
};

test('a read model of an older version is rebuilt from the events and promoted, and the old one is retired', async () => {
  await code.write(newVersion);
  const told: unknown[] = [];
  const switched = await upgradeReadModels(world, {
    entries: code.entries,
    onOutdated: (models) => told.push(...models),
  });
  assert.deepEqual(
    switched.map(({ from, to }) => [from, to]),
    [['prices_v1', 'prices_v2']],
  );
  assert.deepEqual(told, [{ name: 'prices', version: 1, needs: 2 }]);
  assert.deepEqual(await states(), ['prices_v1 retired', 'prices_v2 live']);
  const { rows } = await sql`select listing_key, list_price, note from read.prices order by 1`.execute(world.db);
  assert.deepEqual(rows, [
    { listing_key: 'a', list_price: '100.00', note: null },
    { listing_key: 'b', list_price: '190.00', note: 'cut' },
  ]);
  assert.deepEqual(await upgradeReadModels(world, { entries: code.entries }), []);
});

test('a column that is new in the same version is filled, without anyone deciding', async () => {
  await code.write({ ...newVersion, version: 1 });
  await upgradeReadModels(world, { entries: code.entries });
  const { rows } = await sql`select note from read.prices where listing_key = 'b'`.execute(world.db);
  assert.deepEqual(rows, [{ note: 'cut' }]);
});

test('a changed handler of the same version and columns is left to a person', async () => {
  await code.write({ onPrice: 'return { listPrice: 1 };' });
  assert.deepEqual(await upgradeReadModels(world, { entries: code.entries }), []);
  assert.deepEqual(await states(), ['prices_v1 live']);
});

test('an event that only the new version refuses stops the upgrade, and the live read model stays', async () => {
  await code.write({ ...newVersion, onPrice: `throw new Error('not today');` });
  await assert.rejects(upgradeReadModels(world, { entries: code.entries }), {
    code: 'upgrade-parked',
    message: /prices_v2 has 1 parked event/,
    hint: /openhouse projections promote prices --force/,
  });
  assert.deepEqual(await states(), ['prices_v1 live', 'prices_v2 ready']);
});

test('events of a record that was stuck before may be stuck again', async () => {
  await sql`
    insert into ops.projection_parked
      (build_id, stream_name, revision, commit_position, prepare_position, event_id, event_type, cause, message)
    select id, 'listing-b', 1, 2, 2, 'e', 'ListPriceChanged', 'handler', 'not today' from ops.projection_build`.execute(
    world.db,
  );
  await code.write({ ...newVersion, onPrice: `throw new Error('not today');` });
  await upgradeReadModels(world, { entries: code.entries });
  assert.deepEqual(await states(), ['prices_v1 retired', 'prices_v2 live']);
});

test('two processes that upgrade at once make one new read model', async () => {
  await code.write(newVersion);
  await Promise.all([1, 2, 3].map(() => upgradeReadModels(world, { entries: code.entries })));
  assert.deepEqual((await states()).filter((state) => state.endsWith('live')).length, 1);
  assert.ok((await states()).every((state) => !state.endsWith('building') && !state.endsWith('ready')));
});

test('a read model of a newer release is refused, with what to do', async () => {
  await code.write(newVersion);
  await upgradeReadModels(world, { entries: code.entries });
  await code.write();
  await assert.rejects(upgradeReadModels(world, { entries: code.entries }), {
    code: 'read-models-newer',
    hint: /docs\/upgrading\.md/,
  });
});

test('what others built on a view, and what they were granted, survives an upgrade that adds columns', async () => {
  await sql`create view public.report as select list_price from read.prices`.execute(world.db);
  await code.write(newVersion);
  await prepareProjections(world.db, code.entries);
  await upgradeReadModels(world, { entries: code.entries });
  const { rows } = await sql`select count(*)::int as count from public.report`.execute(world.db);
  assert.deepEqual(rows, [{ count: 2 }]);
});
