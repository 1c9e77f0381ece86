import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { binaryEvent } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { until } from '../../support/until.ts';
import { newStream, seed, useEventStore } from '../support/event-store.ts';
import { streamSettings } from '../support/persistent.ts';
import { rawClient } from '../support/raw.ts';
import { collect } from '../support/wait.ts';

const store = useEventStore({ embeddedOnly: true });

/** Resident memory of the server in MB. */
const memory = (): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(store.server.pid)], { encoding: 'utf8' })) / 1024;

const readAllRequest = (kind: 'read' | 'subscribe'): Buffer => {
  const options = new streams.ReadReq.Options();
  const all = new streams.ReadReq.Options.AllOptions();
  all.setStart(new shared.Empty());
  options.setAll(all);
  options.setNoFilter(new shared.Empty());
  const uuids = new streams.ReadReq.Options.UUIDOption();
  uuids.setString(new shared.Empty());
  options.setUuidOption(uuids);
  if (kind === 'read') options.setCount(String(2n ** 62n));
  else options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  const request = new streams.ReadReq();
  request.setOptions(options);
  return Buffer.from(request.serializeBinary());
};

test('serves 1,000 connections, each with a subscription', async () => {
  const clients = Array.from({ length: 1000 }, () => rawClient(store.server.port));
  const request = readAllRequest('subscribe');
  const marker = Buffer.from(newStream('marker'));
  let heard = 0;
  const calls = clients.map((client) => {
    const call = client.open('streams.Streams/Read');
    call.on('data', (message: Buffer) => {
      if (message.includes(marker)) heard++;
    });
    call.write(request);
    call.end();
    return call;
  });
  await seed(store.client, marker.toString(), 1);
  await until('all 1,000 to receive it', () => heard === 1000, 60_000);
  const used = memory();
  assert.ok(used < 400, `${used.toFixed(0)} MB with 1,000 connections`);
  // Closing a client leaves its calls open: they would be sent everything the next test writes, 20 MB each.
  for (const call of calls) call.cancel();
  for (const client of clients) client.close();
  await seed(store.client, newStream(), 1);
});

test('buffers nothing for 20 stalled readers of 20 MB each', async () => {
  const filler = Buffer.alloc(40_000, 7);
  const s = newStream('big');
  for (let i = 0; i < 25; i++) {
    await store.client.appendToStream(
      s,
      Array.from({ length: 20 }, () => binaryEvent({ type: 'Big', data: filler })),
      { deadline: 60_000 },
    );
  }
  await store.client.createPersistentSubscriptionToStream(s, 'slow', streamSettings());
  const before = memory();
  const client = rawClient(store.server.port);
  const calls = Array.from({ length: 20 }, (_, n) => {
    const call = client.open('streams.Streams/Read');
    call.pause();
    call.write(readAllRequest(n % 2 ? 'read' : 'subscribe'));
    call.end();
    return call;
  });
  const idle = store.client.subscribeToPersistentSubscriptionToStream(s, 'slow', { bufferSize: 100_000 });
  idle.on('error', () => {});
  // Other clients are served meanwhile, which gives the server time to read ahead, if it did.
  let most = 0;
  for (let i = 0; i < 3; i++) {
    const read = await collect(store.client.readStream(s, { deadline: 60_000 }));
    assert.equal(read.length, 500);
    most = Math.max(most, memory());
  }
  assert.ok(most - before < 150, `${before.toFixed(0)} MB before, ${most.toFixed(0)} MB with 20 readers of 20 MB`);
  for (const call of calls) call.cancel();
  await idle.unsubscribe();
  client.close();
});
