import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import { aggregateNames } from '../../../domain/events.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import type { Patience } from '../../../eventstore/server/patience.ts';
import { keptUp, listBuilds } from '../../../projections/engine/builds/builds.ts';
import { catchUp, runProjections, waitForPosition } from '../../../projections/index.ts';
import { until } from '../../support/until.ts';
import { record, someContext, useWorld } from '../support/world.ts';

const world = useWorld();

test('catching up after having been away works as a rebuild does: a row that thousands of events changed is written once', async () => {
  const { db, store } = world;
  await record(store, 'away', { standardStatus: 'Active', listPrice: 1_000 });
  await catchUp(world);
  await sql`create table written (price numeric)`.execute(db);
  await sql`create function note_written() returns trigger language plpgsql as
    $$ begin insert into public.written values (new.list_price); return new; end $$`.execute(db);
  const { rows } = await sql<{ schema_name: string }>`
    select schema_name from ops.projection_build where name = 'listings' and state = 'live'`.execute(db);
  await sql`create trigger note_written after insert or update on ${sql.table(`${rows[0]!.schema_name}.listings`)}
    for each row execute function note_written()`.execute(db);

  // More than any batch has.
  const [count, each] = [6_000, 500];
  let revision = 0n;
  let position = null;
  for (let from = 0; from < count; from += each) {
    const { correlationId, causationId, ...metadata } = someContext;
    const events = Array.from({ length: each }, (_, n) => ({
      id: randomUUID(),
      event: {
        type: 'ListPriceChanged' as const,
        data: { listPrice: 1_001 + from + n, previousListPrice: 1_000 + from + n },
      },
      metadata: { ...metadata, $correlationId: correlationId, $causationId: causationId },
    }));
    const result = await store.append('listing-away', revision, events);
    assert.ok(result.appended);
    revision = result.revision;
    position = result.position;
  }
  const stop = new AbortController();
  const running = runProjections(world, { signal: stop.signal });
  const reached = await waitForPosition(db, 'listings', position!, 60_000);
  stop.abort();
  await running;
  assert.equal(reached, true);
  const written = await sql<{ price: string }>`select price from written`.execute(db);
  assert.deepEqual(
    written.rows.map(({ price }) => Number(price)),
    [1_000 + count],
  );
});

test('catching up that is stopped before all read models are up says so, and the next time continues', async () => {
  await record(world.store, 'stopped', { standardStatus: 'Active', listPrice: 1_000 });
  const stop = new AbortController();
  const stopping = Object.assign(Object.create(world.store), {
    withPatience: (patience: Patience) =>
      Object.create(world.store.withPatience(patience), {
        // What the subscription asks for first.
        connection: {
          get() {
            stop.abort(new Error('stopped by SIGINT'));
            return world.store.connection;
          },
        },
      }),
  }) as EventStore;
  const { db, log } = world;
  await assert.rejects(catchUp({ db, log, store: stopping }, { signal: stop.signal }), /stopped by SIGINT/);
  const { projections } = await catchUp(world);
  assert.deepEqual([...new Set(projections.map(({ error }) => error))], [null]);
  const { rows } = await sql`select from read.listings where listing_key = 'stopped'`.execute(db);
  assert.equal(rows.length, 1);
});

test('no command waits for the process that feeds the read models, for any type of last event', async () => {
  const { store } = world;
  const { correlationId, causationId, ...metadata } = someContext;
  const event = {
    type: 'OwnershipChanged' as const,
    data: { recordType: 'agent' as const, owner: 'openhouse' as const, previousOwner: 'legacy' as const },
  };
  await record(store, 'before', { standardStatus: 'Active' });
  const stop = new AbortController();
  const running = runProjections(world, { signal: stop.signal, holder: 'here' });
  try {
    await until('this process to feed them all', async () =>
      (await listBuilds(world.db, keptUp)).every(({ holder }) => holder?.startsWith('here')),
    );
    for (const aggregate of aggregateNames) {
      await store.append(`${aggregate}-last`, 'no-stream', [
        {
          id: randomUUID(),
          event,
          metadata: { ...metadata, $correlationId: correlationId, $causationId: causationId },
        },
      ]);
      const { projections } = await catchUp(world, { patience: 20_000 });
      assert.deepEqual([...new Set(projections.map(({ error }) => error))], [null], aggregate);
    }
  } finally {
    stop.abort();
    await running;
  }
});
