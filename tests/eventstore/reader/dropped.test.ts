import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { connectEventStore, type EventStore } from '../../../eventstore/event-store.ts';
import { subscribeToAll } from '../../../eventstore/subscribe.ts';
import { testEventStore } from '../../support/event-store/test-event-store.ts';
import type { TestEventStore } from '../../support/event-store/types.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { randomOf } from '../../support/random.ts';
import { append } from '../outages/support.ts';

/** 1,000 events, each of some 500 bytes on the wire. */
const eventCount = 1_000;
const stream = 'agent-dropped';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestEventStore;
before(async () => {
  database = await testDatabase();
  server = await testEventStore(database.url, { insecure: true });
  const store = connectEventStore(server.url);
  for (let n = 0; n < eventCount; n += 100) await append(store, stream, n, 100);
  await store.close();
});
after(async () => {
  await server.close();
  await database.drop();
});

/** Longer than any answer that is not a read. */
const shortBytes = 2_000;

/** Breaks the n-th connection that something is read over, after so many bytes from the server. */
const openBreakingProxy = async (t: Pick<TestContext, 'after'>, bytesOf: (n: number) => number) => {
  let broken = 0;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    let seen = 0;
    let limit: number | undefined;
    const upstream = connect(server.port, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.pipe(upstream);
    upstream.on('data', (data) => {
      if (seen + data.length > shortBytes) limit ??= bytesOf(broken++);
      const some = limit === undefined ? data : data.subarray(0, limit - seen);
      seen += some.length;
      client.write(some, () => {
        if (seen === limit) end();
      });
      if (seen === limit) upstream.pause();
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = proxy.address() as { port: number };
  return { url: `esdb://127.0.0.1:${port}?tls=false`, broken: () => broken };
};

const ways: readonly { readonly title: string; read(store: EventStore): AsyncIterable<bigint> }[] = [
  {
    title: 'readStream',
    async *read(store) {
      for await (const { revision } of store.readStream(stream)) yield revision;
    },
  },
  {
    title: 'readAll',
    async *read(store) {
      for await (const { revision } of store.readAll()) yield revision;
    },
  },
  {
    title: 'subscribeToAll',
    async *read(store) {
      for await (const { events } of subscribeToAll(store, { after: null, streamPrefixes: ['agent-'] })) {
        for (const { revision } of events) yield revision;
      }
    },
  },
];

/** A connection gets some 40 to 80 events. */
const [fewest, most] = [20_000, 40_000];
const readers = 8;

for (const { title, read } of ways) {
  test(`${title}: each event once and in order, over connections that break at random bytes`, async (t) => {
    const revisions = Array.from({ length: eventCount }, (_, n) => BigInt(n));
    const random = randomOf(eventCount);
    const one = async () => {
      const proxy = await openBreakingProxy(t, () => fewest + Math.floor(random() * (most - fewest)));
      const store = connectEventStore(proxy.url, { ms: 60_000 });
      const got: bigint[] = [];
      for await (const revision of read(store)) {
        got.push(revision);
        if (got.length === eventCount) break;
      }
      await store.close();
      assert.deepEqual(got, revisions);
      assert.ok(proxy.broken() > 10, `${proxy.broken()} connections broke`);
    };
    await Promise.all(Array.from({ length: readers }, one));
  });
}
