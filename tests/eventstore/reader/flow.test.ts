import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { subscribeToAll } from '../../../eventstore/subscribe.ts';
import { within } from '../support/wait.ts';
import { answeringServer } from './answering-server.ts';
import { nthEvent } from './messages.ts';

const megabyte = 1024 * 1024;

/** A server that sends events of 10 KB for as long as the client takes them, and counts what it has sent. */
const endlessServer = async (t: Pick<TestContext, 'after'>, total: number) => {
  const state = { sent: 0, blocked: false, cancelled: null as Promise<unknown> | null };
  const data = Buffer.alloc(10_000, 'x');
  const store = await answeringServer(t, (call) => {
    state.cancelled = once(call, 'cancelled');
    let n = 0;
    const send = () => {
      state.blocked = false;
      while (!state.blocked && !call.cancelled && state.sent < total) {
        const message = nthEvent(++n, data);
        state.sent += message.length;
        state.blocked = !call.write(message);
      }
      if (state.sent >= total) call.end();
      else if (!call.cancelled) call.once('drain', send);
    };
    send();
  });
  /** Until the server has been waiting for the client during many turns of the event loop that both share. */
  const standstill = async () => {
    for (let still = 0, sent = state.sent; still < 200; still++) {
      await turn();
      if (state.sent !== sent || (!state.blocked && sent < total)) still = 0;
      sent = state.sent;
    }
  };
  return { store, state, standstill };
};

test('a slow consumer holds a few MB, however much there is to read', async (t) => {
  const { store, state, standstill } = await endlessServer(t, 60 * megabyte);
  let read = 0;
  let ahead = 0;
  for await (const event of store.readAll()) {
    read += 10_000;
    if (event.revision % 500n === 1n && state.sent < 60 * megabyte) {
      await standstill();
      ahead = Math.max(ahead, state.sent - read);
    }
  }
  assert.ok(read > 50 * megabyte, `${read} bytes were read`);
  // Delivered as one batch, waiting for the next one, or on its way.
  assert.ok(ahead > megabyte && ahead < 12 * megabyte, `the server was ${ahead} bytes ahead`);
});

test('a subscription also limits batches by size', async (t) => {
  const { store } = await endlessServer(t, 30 * megabyte);
  let batches = 0;
  for await (const { events } of subscribeToAll(store, { after: null, minBatch: 10_000, maxBatch: 10_000 })) {
    assert.ok(events.length <= 500, `${events.length} events of 10 KB`);
    if (++batches === 5) break;
  }
  assert.equal(batches, 5);
});

test('an abandoned iteration cancels the call at once', async (t) => {
  const { store, state } = await endlessServer(t, Number.POSITIVE_INFINITY);
  for (const iterate of [
    () => store.readAll(),
    () => store.readStream('listing-1'),
    () => subscribeToAll(store, { after: null }),
  ]) {
    for await (const _ of iterate()) break;
    await within(60_000, 'the server to see the end of the call', state.cancelled!);
  }
});

test('a signal ends a subscription that waits for events, and cancels its call', async (t) => {
  let cancelled: Promise<unknown> | null = null;
  const store = await answeringServer(t, (call) => {
    cancelled = once(call, 'cancelled');
    call.write(nthEvent(1));
  });
  const stop = new AbortController();
  const batches = subscribeToAll(store, { after: null, signal: stop.signal });
  assert.equal((await batches.next()).value?.events.length, 1);
  const waiting = batches.next();
  stop.abort();
  assert.equal((await within(60_000, 'the subscription to end', waiting)).done, true);
  await within(60_000, 'the server to see the end of the call', cancelled!);
});

test('closing the store ends reads in progress', async (t) => {
  const { store } = await endlessServer(t, Number.POSITIVE_INFINITY);
  await assert.rejects(async () => {
    for await (const _ of store.readAll()) void store.close();
  }, /the connection was closed/);
});
