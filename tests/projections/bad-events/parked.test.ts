import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { sql } from 'kysely';
import {
  catchUp,
  diffProjection,
  listParked,
  projectionStatus,
  promote,
  rebuild,
  retryParked,
} from '../../../projections/index.ts';
import { usePrices } from '../support/prices.ts';
import { record, useWorld } from '../support/world.ts';

const world = useWorld();
const code = usePrices();

const shown = async () => {
  const { rows } = await sql<{ listing_key: string; list_price: string; changes: number }>`
    select listing_key, list_price, changes from read.prices order by 1`.execute(world.db);
  return Object.fromEntries(
    rows.map(({ listing_key, list_price, changes }) => [listing_key, [Number(list_price), changes]]),
  );
};
const refusing = `if (data.listPrice === 666) throw new Error('no such price'); return { listPrice: data.listPrice, changes: row.changes + 1 };`;

test('parks a rejected event and those that follow it, applies all others, and after the fix a retry gives the rows of a clean run', async () => {
  const { store, db } = world;
  const { entries } = code;
  await code.write({ onPrice: refusing });
  await record(store, 'good', { standardStatus: 'Active', listPrice: 1000 });
  await record(store, 'bad', { standardStatus: 'Active', listPrice: 1000 });
  await record(store, 'bad', { listPrice: 666 });
  await record(store, 'bad', { listPrice: 900 });
  await record(store, 'good', { listPrice: 900 });

  const { projections } = await catchUp(world, { entries });
  assert.deepEqual(
    projections.map(({ name, parked, error }) => ({ name, parked, error })),
    [{ name: 'prices', parked: 2, error: null }],
  );
  assert.deepEqual(await shown(), { good: [900, 1], bad: [1000, 0] });

  // And later events, in another batch and another run.
  await record(store, 'bad', { listPrice: 800 });
  await record(store, 'good', { listPrice: 800 });
  await catchUp(world, { entries });
  assert.deepEqual(await shown(), { good: [800, 2], bad: [1000, 0] });
  const [parked, ...others] = await listParked(db, 'prices');
  assert.deepEqual(others, []);
  assert.equal(parked!.stream, 'listing-bad');
  assert.equal(parked!.cause, 'handler');
  assert.equal(parked!.message, 'no such price');
  assert.equal(parked!.following, 2);

  assert.deepEqual(
    (await retryParked(world, 'prices', { entries })).map(({ applied, stillParked }) => ({ applied, stillParked })),
    [{ applied: 0, stillParked: 3 }],
    'a retry without a fix changes nothing',
  );

  await code.write();
  assert.deepEqual(
    (await retryParked(world, 'prices', { entries, record: 'bad' })).map(({ applied, stillParked }) => ({
      applied,
      stillParked,
    })),
    [{ applied: 3, stillParked: 0 }],
  );
  assert.deepEqual(await shown(), { good: [800, 2], bad: [800, 3] });
  assert.deepEqual(await listParked(db), []);
  await record(store, 'bad', { listPrice: 700 });
  await catchUp(world, { entries });
  assert.deepEqual(await shown(), { good: [800, 2], bad: [700, 4] });
  await rebuild(world, ['prices'], { entries });
  assert.equal((await diffProjection(world, 'prices')).equal, true, 'as a clean run has it');
});

test('a rebuild stops at an event that a handler refuses, and says where; with --park it continues, and is promoted only by force', async () => {
  const { entries } = code;
  await code.write({ onPrice: refusing });
  const before = await shown();
  await assert.rejects(rebuild(world, ['prices'], { entries }), {
    code: 'event-refused',
    message: /ListPriceChanged listing-bad@1 .*no such price/,
  });
  await assert.rejects(promote(world, 'prices'), { code: 'candidate-unfinished' });
  const [rebuilt] = await rebuild(world, ['prices'], { entries, park: true });
  assert.equal(rebuilt!.parked, 4);
  assert.equal(rebuilt!.resumed, true);
  await assert.rejects(promote(world, 'prices'), { code: 'candidate-parked' });
  assert.deepEqual(await shown(), before, 'the live model is untouched');
  await promote(world, 'prices', { force: true });
  assert.deepEqual(await shown(), { good: [800, 2], bad: [1000, 0] });
  await code.write();
  await retryParked(world, 'prices', { entries });
  assert.deepEqual(await shown(), before);
});

test('a handler that never ends is stopped by its time limit, and only its record waits', {
  timeout: 60_000,
}, async () => {
  const { store } = world;
  const { entries } = code;
  await code.write({
    onPrice: 'while (data.listPrice === 777) {} return { listPrice: data.listPrice, changes: row.changes + 1 };',
  });
  await rebuild(world, ['prices'], { entries });
  await promote(world, 'prices');
  await record(store, 'bad', { listPrice: 777 });
  await record(store, 'good', { listPrice: 750 });
  await catchUp(world, { entries });
  const [parked] = await listParked(world.db, 'prices');
  assert.equal(parked!.cause, 'time-limit');
  assert.equal(parked!.stream, 'listing-bad');
  assert.equal((await shown()).good![0], 750);
  await code.write();
  await retryParked(world, 'prices', { entries });
  assert.equal((await shown()).bad![0], 777);
});

test('finds the event whose row the database refuses among many good ones, and parks it', async () => {
  const { store } = world;
  const { entries } = code;
  await code.write({
    onPrice: `return { listPrice: data.listPrice, changes: data.listPrice === 555 ? 'many' : row.changes + 1 };`,
  });
  await rebuild(world, ['prices'], { entries, park: true });
  await promote(world, 'prices', { force: true });
  for (let n = 0; n < 30; n++) await record(store, `many${n}`, { standardStatus: 'Active', listPrice: 500 });
  await record(store, 'many7', { listPrice: 555 });
  for (let n = 0; n < 30; n++) await record(store, `many${n}`, { listPrice: 600 });
  await catchUp(world, { entries });
  const { rows: live } = await sql<{ schema_name: string }>`
    select schema_name from ops.projection_build where state = 'live'`.execute(world.db);
  const all = await listParked(world.db, 'prices');
  const [parked, ...others] = all.filter(({ schema }) => schema === live[0]!.schema_name);
  assert.deepEqual(others, []);
  assert.equal(parked!.cause, 'database');
  assert.equal(parked!.stream, 'listing-many7');
  assert.equal(parked!.following, 1);
  const now = await shown();
  assert.deepEqual(now.many7, [500, 0]);
  assert.deepEqual(now.many29, [600, 1]);
  await assert.rejects(rebuild(world, ['prices'], { entries }), { code: 'event-refused', message: /listing-many7@1/ });
  await code.write();
  await retryParked(world, 'prices', { entries });
  assert.deepEqual((await shown()).many7, [600, 2]);
});

test('an event of an unknown type or version is parked where its record is read, not dropped', async () => {
  const { store } = world;
  const { entries } = code;
  await (await store.connection.node()).client.appendToStream('listing-good', [
    jsonEvent({ type: 'ListingTeleported', data: { to: 'Mars' } }),
  ]);
  await (await store.connection.node()).client.appendToStream('listing-many1', [
    jsonEvent({ type: 'ListPriceChanged', data: { listPrice: 1 }, metadata: { version: 99 } }),
  ]);
  await (await store.connection.node()).client.appendToStream('order-1', [
    jsonEvent({ type: 'OrderPlaced', data: {} }),
  ]);
  const price = (await shown()).good![0];
  await record(store, 'many2', { listPrice: 610 });
  await catchUp(world, { entries });
  const live = (await projectionStatus(world, { entries })).find(({ state }) => state === 'live')!;
  const parked = (await listParked(world.db, 'prices')).filter(({ schema }) => schema === live.schema);
  assert.deepEqual(
    parked.map(({ stream, eventType, cause }) => [stream, eventType, cause]),
    [
      ['listing-good', 'ListingTeleported', 'unreadable'],
      ['listing-many1', 'ListPriceChanged', 'unreadable'],
    ],
  );
  assert.match(parked[1]!.message, /known up to version 1, but this event has version 99/);
  const now = await shown();
  assert.equal(now.good![0], price);
  assert.equal(now.many2![0], 610);
  assert.equal(live.parked, 2);
  assert.equal(live.error, null);
});
