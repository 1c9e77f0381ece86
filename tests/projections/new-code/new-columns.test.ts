import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { catchUp, prepareProjections, promote, rebuild, rollback } from '../../../projections/index.ts';
import { pricesOnDisk } from '../support/prices.ts';
import { record, useWorld } from '../support/world.ts';

const world = useWorld();
const withYear = {
  columns: "{ yearBuilt: 'integer' }",
  onPrice: 'return { listPrice: data.listPrice, changes: row.changes + 1, yearBuilt: 1998 };',
};

test('a column that came with a release can be asked for at once, is filled by a rebuild, and stays after going back', async (t) => {
  const { db, store } = world;
  const code = await pricesOnDisk();
  t.after(code.remove);
  const { entries } = code;
  await record(store, 'home1', { standardStatus: 'Active', listPrice: 150_000 });
  await record(store, 'home1', { listPrice: 140_000 });
  await catchUp(world, { entries });
  const yearsBuilt = async () =>
    (await sql<{ year_built: number | null }>`select year_built from read.prices`.execute(db)).rows.map(
      (row) => row.year_built,
    );
  await assert.rejects(yearsBuilt());

  await code.write(withYear);
  await Promise.all([prepareProjections(db, entries), prepareProjections(db, entries)]);
  assert.deepEqual(await yearsBuilt(), [null], 'the live build has not been rebuilt');
  await record(store, 'home1', { listPrice: 130_000 });
  await catchUp(world, { entries });
  assert.deepEqual(await yearsBuilt(), [null], 'and is still fed by the code that it was built with');

  await rebuild(world, ['prices'], { entries });
  await promote(world, 'prices');
  assert.deepEqual(await yearsBuilt(), [1998]);
  await rollback(world, 'prices');
  assert.deepEqual(await yearsBuilt(), [null]);
});

test('a handler that names a field which an event does not have leaves its column alone', async (t) => {
  const { db, store } = world;
  const code = await pricesOnDisk();
  t.after(code.remove);
  await code.write({
    version: 2,
    columns: "{ note: 'text' }",
    onPrice: "return { listPrice: data.listPrice, changes: row.changes + 1, note: 'kept' };",
    onStatus: 'return { standardStatus: data.standardStatus, listPrice: data.listPrice, note: undefined };',
  });
  await record(store, 'home2', { standardStatus: 'Active', listPrice: 150_000 });
  await record(store, 'home2', { listPrice: 140_000 });
  await record(store, 'home2', { standardStatus: 'Pending' });
  await rebuild(world, ['prices'], { entries: code.entries });
  await promote(world, 'prices');
  const { rows } = await sql`
    select list_price, standard_status, note from read.prices where listing_key = 'home2'`.execute(db);
  assert.deepEqual(rows, [{ list_price: '140000.00', standard_status: 'Pending', note: 'kept' }]);
});
