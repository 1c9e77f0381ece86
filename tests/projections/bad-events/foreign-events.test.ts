import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { sql } from 'kysely';
import { leads } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { findUnexplained } from '../../../eventstore/positions/explained.ts';
import { listBuilds } from '../../../projections/engine/builds/builds.ts';
import { bringUp } from '../../../projections/engine/feeding/catch-up.ts';
import { catchUp, runProjections } from '../../../projections/index.ts';
import { until } from '../../support/until.ts';
import { record, someContext, useWorld } from '../support/world.ts';

const world = useWorld();

const foreign = async (stream: string, events: number) => {
  const some = Array.from({ length: events }, () => jsonEvent({ type: 'SomethingElse', data: {} }));
  await (await world.store.connection.node()).client.appendToStream(stream, some);
};

test('finds our last event behind those of others, including system events', async () => {
  assert.equal(await world.store.lastOwnPosition(), null);
  await foreign('other-1', 3);
  assert.equal(await world.store.lastOwnPosition(), null);
  const position = await record(world.store, 'a', { standardStatus: 'Active', listPrice: 1 });
  for (const events of [1, 10, 200]) {
    await foreign('other-1', events);
    assert.equal((await world.store.lastOwnPosition())?.commit, position);
  }
  await (await world.store.connection.node()).client.setStreamMetadata('other-1', { maxCount: 500 });
  await foreign('listing', 1); // not a record of ours: it has no key
  assert.equal((await world.store.lastOwnPosition())?.commit, position);
  const end = (await world.store.lastPosition())!;
  assert.ok(end.commit > position);
  assert.equal((await world.store.lastOwnPosition({ atOrBefore: end }))?.commit, position);
});

test('an event of another application at the end does not keep a catch-up waiting for the process that feeds the read models', async () => {
  await catchUp(world);
  const stop = new AbortController();
  const running = runProjections(world, { signal: stop.signal });
  await until('it feeds them', async () =>
    (await listBuilds(world.db, ['live'])).every(({ holder }) => holder !== null),
  );
  await execute(
    world.store,
    leads,
    'ana',
    [{ type: 'RecordLead', contactKey: 'ana', fields: { email: 'ana@example.com' } }],
    someContext,
  );
  await foreign('other-1', 1);
  const { errors } = await bringUp(world, await listBuilds(world.db, ['live']), { patience: 15_000 });
  assert.deepEqual([...errors.values()], []);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from read.leads`.execute(world.db);
  assert.equal(rows[0]!.count, 1);
  stop.abort();
  await running;
});

test('an event of ours without metadata belongs to no run, and does not block anything', async () => {
  const entered = jsonEvent({ type: 'ListPriceChanged', data: { listPrice: 2, previousListPrice: 1 } });
  await (await world.store.connection.node()).client.appendToStream('listing-bare', [entered]);
  assert.equal(await findUnexplained(world.db, world.store), null);
});
