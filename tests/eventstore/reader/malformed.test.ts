import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { explainEventStoreError } from '../../../eventstore/explain-error.ts';
import { failureOf } from '../../../eventstore/server/failure.ts';
import { subscribeToAll } from '../../../eventstore/subscribe.ts';
import { rejection } from '../support/wait.ts';
import { answeringServer } from './answering-server.ts';
import { nthEvent } from './messages.ts';

const megabyte = 1024 * 1024;
const faults: readonly { readonly title: string; readonly bytes: Buffer }[] = [
  { title: 'random bytes', bytes: Buffer.concat([Buffer.from([0x0b]), randomBytes(100)]) },
  { title: 'a message that is cut off', bytes: nthEvent(6).subarray(0, 40) },
  { title: 'a wrong length', bytes: Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x07, 0]) },
  { title: 'a message of 64 MB', bytes: nthEvent(6, Buffer.alloc(64 * megabyte)) },
];

for (const { title, bytes } of faults) {
  test(`${title} is reported with the position, after the events before it`, async (t) => {
    let goOn = () => {};
    const store = await answeringServer(t, (call) => {
      for (let n = 1; n <= 5; n++) call.write(nthEvent(n));
      // Later, because a gRPC error discards everything that has not been delivered yet.
      goOn = () => void call.write(bytes);
    });
    const read: bigint[] = [];
    const hear = (revision: bigint) => {
      if (read.push(revision) === 5) goOn();
    };
    const check = (error: Error) => {
      assert.deepEqual(read, [1n, 2n, 3n, 4n, 5n]);
      assert.equal(failureOf(error)?.kind, 'malformed');
      assert.match(error.message, /^after position 5, /);
      assert.equal(explainEventStoreError(error)?.code, 'event-store-malformed');
      read.length = 0;
    };
    const reading = async () => {
      for await (const { revision } of store.readAll()) hear(revision);
    };
    check(await rejection(reading()));
    // However long it would wait, the result would be the same.
    const subscribing = async () => {
      for await (const { events } of subscribeToAll(store, { after: null }))
        for (const { revision } of events) hear(revision);
    };
    check(await rejection(subscribing()));
  });
}

test('an event of 16 MB, which can come into a store by other ways than ours, is read', async (t) => {
  const store = await answeringServer(t, (call) => {
    call.write(nthEvent(1, Buffer.from(`{"text":"${'x'.repeat(16 * megabyte)}"}`)));
    call.end();
  });
  let count = 0;
  for await (const { revision } of store.readAll()) count += Number(revision);
  assert.equal(count, 1);
});
