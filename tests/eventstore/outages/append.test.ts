import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainEventStoreError } from '../../../eventstore/explain-error.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import type { AppendFault } from '../../support/event-store/event-store-double.ts';
import { append, idsOf, openDouble } from './support.ts';

const faults: readonly AppendFault[] = [
  'dropped-before',
  'dropped-after',
  'deadline-after',
  'aborted-after',
  'without-position',
  'answered-twice',
  'not-ready',
];

for (const fault of faults) {
  test(`an append that is ${fault} succeeds once, with its revision and position`, async (t) => {
    const { double, store, direct } = await openDouble(t);
    await append(store, 'agent-a', 0, 2);
    double.appendFaults.push(fault);
    const result = await append(store, 'agent-a', 2, 3);
    assert.ok(result.appended);
    assert.equal(result.revision, 4n);
    const end = await direct.lastOwnPosition();
    assert.deepEqual(result.position, end);
    const ids = await idsOf(direct);
    assert.equal(ids.length, 5);
    assert.equal(new Set(ids).size, 5);
  });
}

test('many appends in flight, one connection after another breaking: each is done once', async (t) => {
  const { double, store, direct } = await openDouble(t, 3);
  await append(store, 'agent-first', 0);
  for (let n = 0; n < 60; n++)
    double.appendFaults.push(n % 20 === 7 ? 'dropped-after' : n % 20 === 13 ? 'dropped-before' : 'answered-twice');
  const results = await Promise.all(Array.from({ length: 100 }, (_, n) => append(store, `agent-${n}`, 0, 2)));
  assert.ok(results.every((result) => result.appended && result.revision === 1n && result.position !== null));
  const ids = await idsOf(direct);
  assert.equal(ids.length, 201);
  assert.equal(new Set(ids).size, 201);
});

test('a conflict after an answer was lost is not believed when the events there are ours', async (t) => {
  const { double, store, direct } = await openDouble(t);
  await append(store, 'agent-a', 0, 2);
  double.appendFaults.push('dropped-after', 'taken-for-a-conflict');
  const result = await append(store, 'agent-a', 2, 3);
  assert.deepEqual(result, { appended: true, revision: 4n, position: await direct.lastOwnPosition() });
  assert.equal((await idsOf(direct)).length, 5);
});

test('a conflict after an outage is believed when the events are those of someone else', async (t) => {
  const { double, store, direct } = await openDouble(t);
  await append(direct, 'agent-a', 0);
  double.appendFaults.push('dropped-before');
  const result = await store.append('agent-a', 'no-stream', [
    { ...(await oneOf(direct, 'agent-a')), id: '8d5b3f0e-3f6f-4b8a-9d53-1f5be1ab8a10' },
  ]);
  assert.deepEqual(result, { appended: false, conflict: { actual: 0n } });
});

const oneOf = async (store: Parameters<typeof idsOf>[0], stream: string) => {
  for await (const stored of store.readStream(stream)) {
    if (isReadable(stored)) return { event: stored.event, metadata: stored.metadata };
  }
  throw new Error(`${stream} is empty`);
};

test('a late answer to an append that was given up on does no harm', async (t) => {
  const { double, direct } = await openDouble(t);
  const { connectEventStore } = await import('../../../eventstore/event-store.ts');
  const hasty = connectEventStore(`${double.url}&defaultDeadline=200`, { ms: 20_000 });
  t.after(() => hasty.close());
  double.appendFaults.push('answered-late');
  const result = await append(hasty, 'agent-a', 0);
  assert.ok(result.appended);
  await sleep(2_500);
  assert.equal((await idsOf(direct)).length, 1);
});

test('an append that is never answered is reported when patience ends', async (t) => {
  const { double, direct } = await openDouble(t);
  const { connectEventStore } = await import('../../../eventstore/event-store.ts');
  const hasty = connectEventStore(`${double.url}&defaultDeadline=200`, { ms: 0 });
  t.after(() => hasty.close());
  double.appendFaults.push('never-answered');
  const error = await append(hasty, 'agent-a', 0).then(
    () => undefined,
    (error: unknown) => explainEventStoreError(error),
  );
  assert.equal(error?.code, 'event-store-unreachable');
  assert.match(error.message, /not answered in time/);
  assert.equal((await idsOf(direct)).length, 1);
});
