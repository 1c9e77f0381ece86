import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { connectEventStore, type EventStore } from '../../../eventstore/event-store.ts';
import { explainEventStoreError } from '../../../eventstore/explain-error.ts';
import { checkMark } from '../../../eventstore/positions/mark.ts';
import { subscribeToAll } from '../../../eventstore/subscribe.ts';
import { until } from '../../support/until.ts';
import { append, idsOf, openDouble } from './support.ts';

const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => explainEventStoreError(error),
  );

for (const scheme of ['esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover']) {
  test(`${scheme}:// with the first host down finds the leader through the others`, async (t) => {
    const { double } = await openDouble(t, 3);
    double.nodes[0]!.down();
    double.lead(double.nodes[2]!);
    const store = connectEventStore(double.url.replace('esdb', scheme), { ms: 5_000 });
    t.after(() => store.close());
    assert.ok((await append(store, 'agent-a', 0)).appended);
    assert.equal((await store.connection.node()).endpoint.port, double.nodes[2]!.port);
  });
}

test('with all hosts down each is named with its cause', async (t) => {
  const { double } = await openDouble(t, 3);
  for (const node of double.nodes) node.down();
  const store = connectEventStore(double.url.replace('?', ',does-not-exist.invalid:2113?'), { ms: 0 });
  t.after(() => store.close());
  const error = await failureOf(store.lastPosition());
  assert.equal(error?.code, 'event-store-unreachable');
  assert.equal(error.exitCode, 4);
  for (const { port } of double.nodes) assert.match(error.message, new RegExp(`ECONNREFUSED 127.0.0.1:${port}`));
  assert.match(error.message, /does-not-exist\.invalid/);
});

test('a leader that moves is followed by appends and reads', async (t) => {
  const { double, store, direct } = await openDouble(t, 3);
  for (let n = 0; n < 6; n++) {
    double.lead(double.nodes[n % 3]!);
    assert.ok((await append(store, 'agent-a', n)).appended);
    assert.equal((await store.connection.node()).endpoint.port, double.nodes[n % 3]!.port);
    assert.equal((await idsOf(store)).length, n + 1);
  }
  assert.equal((await idsOf(direct)).length, 6);
});

test('a leader that freezes: appends stall at most 3 s longer than the election', async (t) => {
  const { double, store } = await openDouble(t, 3);
  await append(store, 'agent-a', 0);
  // Each leader freezes in turn. The machine may be busy, so the best of them counts.
  const stalls: number[] = [];
  for (let n = 1; n <= 3; n++) {
    const leader = double.nodes.find(({ state }) => state === 'LEADER')!;
    leader.freeze();
    const appending = append(store, 'agent-a', n);
    // Longer than keep-alive takes to notice it (2 s and 2 s), as a real election after that.
    await sleep(5_000);
    double.lead(double.nodes[n % 3]!);
    const electedAt = Date.now();
    assert.ok((await appending).appended);
    stalls.push(Date.now() - electedAt);
    if (stalls.at(-1)! <= 3_000) break;
    leader.thaw();
  }
  t.diagnostic(`${stalls.join(' ms, ')} ms after the election`);
  assert.ok(Math.min(...stalls) <= 3_000, `${stalls.join(' ms, ')} ms`);
});

test('a single node that freezes for longer than keep-alive waits: what was in progress is done once when it is back', async (t) => {
  const { double, store, direct } = await openDouble(t, 1);
  await append(store, 'agent-a', 0);
  double.nodes[0]!.freeze();
  const working = Promise.all([append(store, 'agent-a', 1, 2), idsOf(store)]);
  await until('it is noticed', () => store.connection.awaySince() !== null);
  await sleep(1_000);
  double.nodes[0]!.thaw();
  const [result, ids] = await working;
  assert.ok(result.appended && result.revision === 2n);
  assert.ok(ids.length >= 1);
  assert.equal((await idsOf(direct)).length, 3);
});

test('a read continues after an outage in the middle, with no event missing or repeated', async (t) => {
  const { double, store, direct } = await openDouble(t, 1);
  for (let n = 0; n < 40; n++) await append(direct, `agent-${n}`, 0, 100);
  const wanted = await idsOf(direct);
  const read: string[] = [];
  for await (const { id } of store.readAll()) {
    read.push(id);
    if (read.length % 1_000 === 500) double.nodes[0]!.drop();
  }
  assert.deepEqual(read, wanted);
});

test('a node that is back after a while is used again, and the store knows since when it was away', async (t) => {
  const { double, store } = await openDouble(t, 1);
  await append(store, 'agent-a', 0);
  assert.equal(store.connection.awaySince(), null);
  const [node] = double.nodes;
  node!.down();
  const appending = append(store, 'agent-a', 1);
  await until('it is noticed', () => store.connection.awaySince() !== null);
  setTimeout(() => void node!.up(), 1_500);
  assert.ok((await appending).appended);
  assert.equal(store.connection.awaySince(), null);
});

test('Ctrl-C ends the waiting at once', async (t) => {
  const stop = new AbortController();
  const { double, store } = await openDouble(t, 1, { ms: 120_000, signal: stop.signal });
  double.nodes[0]!.down();
  const reading = store.lastPosition();
  setTimeout(() => stop.abort(new Error('stopped by SIGINT')), 300);
  const started = Date.now();
  await assert.rejects(reading, /stopped by SIGINT/);
  assert.ok(Date.now() - started < 30_000, 'it did not wait for two minutes');
});

const foreign = [
  { version: '23.10', code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' },
  { version: '23.10', code: status.UNKNOWN, details: 'Exception was thrown by handler.' },
  { version: '24.10', code: status.INVALID_ARGUMENT, details: 'InvalidPosition' },
];
for (const { version, code, details } of foreign) {
  test(`a position that the store does not know is reported: ${version}, "${details}"`, async (t) => {
    const { double, store } = await openDouble(t, 1);
    await append(store, 'agent-a', 0, 3);
    const end = (await store.lastPosition())!;
    double.readError = { code, details, times: 100 };
    const reading = async () => {
      for await (const _ of store.readAll({ after: end }));
    };
    assert.equal((await failureOf(reading()))?.code, 'event-store-changed');
    const mark = { position: end.commit, event: { id: 'another', position: end.commit } };
    await assert.rejects(checkMark(store, 'the import', mark), /was truncated or replaced/);
    const subscribing = async () => {
      for await (const _ of subscribeToAll(store, { after: end, patience: 20_000 })) break;
    };
    assert.equal((await failureOf(subscribing()))?.code, 'event-store-changed');
  });
}

test('an error that only sounds like a wrong position is waited out by a subscription', async (t) => {
  const { double, store } = await openDouble(t, 1);
  await append(store, 'agent-a', 0, 3);
  const end = (await store.lastPosition())!;
  double.readError = { code: status.UNKNOWN, details: 'Exception was thrown by handler.', times: 1 };
  for await (const { caughtUp } of subscribeToAll(store, { after: end, patience: 20_000 })) if (caughtUp) break;
});

test('a subscription that is ended because its consumer was too slow is resumed', async (t) => {
  const { double, store } = await openDouble(t, 1);
  await append(store, 'agent-a', 0, 3);
  const end = (await store.lastPosition())!;
  const details = 'Consumer too slow to handle event while transitioning to live. Client resubscription required.';
  double.readError = { code: status.ABORTED, details, times: 2 };
  const seen: string[] = [];
  await append(store, 'agent-a', 3, 2);
  for await (const { events } of subscribeToAll(store, { after: end, patience: 20_000 })) {
    seen.push(...events.map(({ id }) => id));
    if (seen.length >= 2) break;
  }
  assert.equal(seen.length, 2);
});

const refusals = [
  { code: status.UNAUTHENTICATED, details: 'Unauthenticated', expected: 'event-store-login' },
  { code: status.PERMISSION_DENIED, details: 'Access Denied', expected: 'event-store-right' },
];
for (const { code, details, expected } of refusals) {
  test(`${details} is reported at once, as ${expected}`, async (t) => {
    const { double, store } = await openDouble(t, 1);
    await append(store, 'agent-a', 0);
    const end = (await store.lastPosition())!;
    double.readError = { code, details, times: 1 };
    const reading = async () => {
      for await (const _ of store.readAll({ after: end }));
    };
    const error = await failureOf(reading());
    assert.equal(error?.code, expected);
    assert.equal(error.exitCode, 4);
  });
}

const rights = [
  { right: 'read $all', ask: (store: EventStore) => store.lastPosition() },
  { right: 'read streams', ask: (store: EventStore) => store.readStream('agent-a')[Symbol.asyncIterator]().next() },
  { right: 'write streams', ask: (store: EventStore) => append(store, 'agent-a', 0) },
] as const;
for (const { right, ask } of rights) {
  test(`a user who may not ${right} gets an error that says so, and how an administrator can allow it`, async (t) => {
    const { double, store } = await openDouble(t, 1);
    double.denied.add(right);
    const error = await failureOf(ask(store));
    assert.equal(error?.code, 'event-store-right');
    assert.equal(error.message, `the event store knows this user, but does not let it ${right}`);
    assert.match(error.hint ?? '', /administrator/);
    assert.equal(error.exitCode, 4);
  });
}
