import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Position } from '../../eventstore/stored-event.ts';
import { type EventBatch, subscribeToAll } from '../../eventstore/subscribe.ts';
import { until } from '../support/until.ts';
import { record, useKillableWorld } from './support/world.ts';

const world = useKillableWorld();

/** Consumes batches like a slow consumer that commits each of them, until it should stop. */
const consume = (
  options: { after?: Position | null; prefixes?: string[]; maxBatch?: number; pauseMs?: number } = {},
) => {
  const stop = new AbortController();
  const batches: EventBatch[] = [];
  const interruptions: unknown[] = [];
  const done = (async () => {
    const source = subscribeToAll(world.store, {
      after: options.after ?? null,
      streamPrefixes: options.prefixes ?? ['listing-'],
      maxBatch: options.maxBatch ?? 5_000,
      signal: stop.signal,
      onInterruption: (error) => interruptions.push(error),
    });
    for await (const batch of source) {
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs ?? 0));
      batches.push(batch);
    }
  })();
  const events = () =>
    batches.flatMap((batch) => batch.events.map(({ streamName, revision }) => `${streamName}@${revision}`));
  const finish = async () => {
    stop.abort();
    await done;
  };
  return { batches, events, interruptions, finish, position: () => batches.at(-1)?.position ?? null };
};

const price = (n: number) => ({ standardStatus: 'Active' as const, listPrice: 1_000 + n });

test('resumes by itself after the event store was killed and restarted, in order, with nothing lost or repeated', async () => {
  for (let n = 0; n < 30; n++) await record(world.store, 'resumed', price(n));
  const consumer = consume({ maxBatch: 7, pauseMs: 5 });
  await until('it has begun', () => consumer.events().length > 0);
  await world.server.kill();
  await until('it has noticed', () => consumer.interruptions.length > 0);
  await world.restart();
  for (let n = 30; n < 60; n++) await record(world.store, 'resumed', price(n));
  await until('it has all', () => consumer.events().length >= 60);
  await consumer.finish();
  assert.deepEqual(
    consumer.events(),
    Array.from({ length: 60 }, (_, n) => `listing-resumed@${n}`),
  );
});

test('events that the filter leaves out move the position, but never ahead of what was delivered', async () => {
  const consumer = consume({ prefixes: ['listing-wanted'], maxBatch: 3, pauseMs: 3 });
  for (let n = 0; n < 40; n++) {
    await record(world.store, 'other', price(n));
    if (n % 10 === 0) await record(world.store, 'wanted', price(n));
  }
  const end = (await world.store.lastPosition())!;
  await until('it has all', () => consumer.events().length >= 4);
  await consumer.finish();
  assert.deepEqual(consumer.events(), ['listing-wanted@0', 'listing-wanted@1', 'listing-wanted@2', 'listing-wanted@3']);
  let reached = 0n;
  for (const { events, position } of consumer.batches) {
    for (const event of events) assert.ok(event.position.commit > reached, 'a position was reported before its event');
    reached = position?.commit ?? reached;
  }
  assert.ok(reached <= end.commit);
  // And one can resume from there.
  const next = consume({ prefixes: ['listing-wanted'], after: consumer.position() });
  await record(world.store, 'wanted', price(99));
  await until('the new one came', () => next.events().length > 0);
  await next.finish();
  assert.deepEqual(next.events(), ['listing-wanted@4']);
});

test('gives up on a server that cannot be reached once the time limit is over', async () => {
  await world.server.kill();
  await assert.rejects(async () => {
    for await (const _ of subscribeToAll(world.store, { after: null, patience: 300 })) break;
  });
  await world.restart();
  const consumer = consume();
  await until('it is back', () => consumer.events().length > 0);
  await consumer.finish();
});
