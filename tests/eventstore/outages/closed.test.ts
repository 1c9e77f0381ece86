import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { explainEventStoreError } from '../../../eventstore/explain-error.ts';
import { testAccess, testEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';

/** Accepts connections, and counts those that are open. @param then what it does with one; by default it stays silent */
const listener = async (t: TestContext, then: (socket: Socket) => void = () => {}) => {
  const open = new Set<Socket>();
  const seen = { connections: 0 };
  const server = createServer((socket) => {
    seen.connections++;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.resume();
    then(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, open, seen };
};

const closedWhileConnecting = async (t: TestContext, query: string) => {
  const { port, open, seen } = await listener(t);
  const store = connectEventStore(`esdb://127.0.0.1:${port}?${query}`, { ms: 60_000 });
  const asked = store.lastPosition().then(
    () => assert.fail('it answered'),
    (error: unknown) => error,
  );
  await until('a connection', () => seen.connections > 0);
  await store.close();
  assert.match(explainEventStoreError(await asked)!.message, /the connection was closed/);
  await until('every connection to be closed', () => open.size === 0);
  const before = seen.connections;
  await assert.rejects(store.lastPosition(), /the connection was closed/);
  assert.equal(seen.connections, before, 'no more connections are made');
};

test('closing ends a TLS handshake that the server never answers, and the calls that wait for it', async (t) => {
  await closedWhileConnecting(t, 'tls=true');
});

test('closing ends a connection without TLS that the server never answers, and the calls that wait for it', async (t) => {
  await closedWhileConnecting(t, 'tls=false');
});

test('closing leaves no connection open to a server whose certificate is refused late', async (t) => {
  const database = await testDatabase();
  const server = await testEventStore(database.url);
  t.after(async () => {
    await server.close();
    await database.drop();
  });
  const waiting: (() => void)[] = [];
  const { port, open, seen } = await listener(t, (socket) => {
    socket.pause();
    waiting.push(() => {
      const onward = connect(server.port, '127.0.0.1');
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      socket.pipe(onward).pipe(socket);
    });
  });
  const file = encodeURIComponent(testAccess().certificateFile);
  const store = connectEventStore(`esdb://localhost:${port}?tlsCAFile=${file}`, { ms: 60_000 });
  const asked = store.lastPosition().catch(() => {});
  await until('a connection', () => seen.connections > 0);
  await store.close();
  for (const begin of waiting) begin();
  await asked;
  await until('every connection to be closed', () => open.size === 0);
});
