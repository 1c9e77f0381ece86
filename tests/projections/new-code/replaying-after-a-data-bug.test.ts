import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { readCode } from '../../../projections/engine/builds/code.ts';
import {
  catchUp,
  diffProjection,
  dropBuilds,
  projectionStatus,
  promote,
  rebuild,
  rollback,
  runProjections,
} from '../../../projections/index.ts';
import { until } from '../../support/until.ts';
import { pricesOnDisk } from '../support/prices.ts';
import { record, rowsOf, useWorld } from '../support/world.ts';

// The scenario of docs/replaying-after-a-data-bug.md at the level of the engine, while others keep appending.
const world = useWorld();

test('a fixed handler is rebuilt, compared, promoted, rolled back and promoted again, under continuous appends', async (t) => {
  const { db, store } = world;
  const code = await pricesOnDisk();
  t.after(code.remove);
  const { entries } = code;

  // The bug: a price that drops below 100,000 is taken for a typo and left out.
  await code.write({
    onPrice: 'return data.listPrice < 100000 ? {} : { listPrice: data.listPrice, changes: row.changes + 1 };',
  });
  for (let n = 0; n < 40; n++) await record(store, `home${n}`, { standardStatus: 'Active', listPrice: 150_000 + n });
  await catchUp(world, { entries });

  const stop = new AbortController();
  const running = runProjections(world, { signal: stop.signal, entries });
  let appending = true;
  let appended = 0;
  let lastAppend = 0n;
  const appends = (async () => {
    for (; appending; appended++) {
      lastAppend = await record(store, `home${appended % 40}`, { listPrice: 80_000 + ((appended * 7_919) % 60_000) });
    }
  })();
  t.after(async () => {
    appending = false;
    await appends;
    stop.abort();
    await running;
  });
  const shown = async (key: string) => {
    const { rows } = await sql<{ list_price: string; changes: number }>`
      select list_price, changes from read.prices where listing_key = ${key}`.execute(db);
    return rows[0]!;
  };
  const live = async () =>
    (await projectionStatus(world, { entries })).find(({ name, state }) => name === 'prices' && state === 'live')!;

  /** Later events are shown. */
  const showsNewEvents = async () => {
    const before = appended;
    await until('appends continue', () => appended > before + 20);
    const position = lastAppend;
    await until('they are shown', async () => ((await live()).position?.commit ?? 0n) >= position);
  };
  await until('there is something to rebuild', () => appended > 80);
  await showsNewEvents();

  // The developer fixes the handler on disk. The live build keeps the code it was built with.
  await code.write();
  readCode(entries); // as the developer's next command does
  const before = await live();
  assert.equal(before.codeChanged, true, 'the list says that the code on disk is another one');

  const [built] = await rebuild(world, ['prices'], { entries });
  assert.equal(built!.schema, 'prices_v1_b2');

  const diff = await diffProjection(world, 'prices');
  assert.equal(diff.equal, false);
  const prices = diff.tables[0]!;
  assert.ok(prices.differing.byColumn.list_price! > 0 && prices.differing.byColumn.changes! > 0);
  assert.equal(prices.onlyInLive.count + prices.onlyInCandidate.count, 0);
  const sample = prices.differing.samples[0]!;
  assert.equal(sample.events!.cause!.type, 'ListPriceChanged', 'the event behind the difference is named');
  for await (const stored of store.readStream(sample.events!.stream, BigInt(sample.events!.cause!.revision))) {
    assert.ok(isReadable(stored) && stored.event.type === 'ListPriceChanged' && stored.event.data.listPrice! < 100_000);
    break;
  }

  const dropped = appended;
  const promoted = await promote(world, 'prices');
  assert.deepEqual([promoted.from, promoted.to], ['prices_v1', 'prices_v1_b2']);
  await until('appends went on meanwhile', () => appended > dropped + 20);
  const readers = await live();
  assert.equal(readers.schema, 'prices_v1_b2');
  assert.equal(readers.codeChanged, false);

  const back = await rollback(world, 'prices');
  assert.deepEqual([back.from, back.to], ['prices_v1_b2', 'prices_v1']);
  await showsNewEvents(); // the version before is still being fed

  const again = await promote(world, 'prices');
  assert.equal(again.to, 'prices_v1_b2');

  appending = false;
  await appends;
  const end = (await store.lastOwnPosition())!.commit;
  await until('all is shown', async () => (await live()).position!.commit >= end);
  // Readers see the same as a plain look at the events.
  for (let n = 0; n < 40; n++) {
    let price = 0;
    let changes = -1;
    for await (const stored of store.readStream(`listing-home${n}`)) {
      if (!isReadable(stored)) assert.fail('an event that cannot be read');
      const { event } = stored;
      if (event.type !== 'ListingEntered' && event.type !== 'ListPriceChanged') continue;
      price = event.data.listPrice!;
      changes++;
    }
    assert.deepEqual(await shown(`home${n}`), { list_price: price.toFixed(2), changes });
  }

  assert.deepEqual(await dropBuilds(db, 'prices'), ['prices_v1']);
  const [fresh] = await rebuild(world, ['prices'], { entries });
  assert.equal((await diffProjection(world, 'prices')).equal, true, 'there is no difference');
  assert.deepEqual(
    await rowsOf(db, fresh!.schema, 'prices', 'listing_key'),
    await rowsOf(db, 'prices_v1_b2', 'prices', 'listing_key'),
  );
});
