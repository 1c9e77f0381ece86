import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { explainEventStoreError } from '../../../eventstore/explain-error.ts';
import { embeddedEventStore, testAccess } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';

const openServer = async (t: { after(work: () => Promise<void>): void }, insecure: boolean) => {
  const database = await testDatabase();
  const server = await embeddedEventStore(database.url, { insecure });
  t.after(async () => {
    await server.close();
    await database.drop();
  });
  return server;
};

/** With the patience of a command: permanent errors are reported before it ends. */
const problemOf = async (url: string) => {
  const store = connectEventStore(url, { ms: 15_000 });
  const started = Date.now();
  try {
    await store.lastPosition();
    return assert.fail('it could be reached');
  } catch (error) {
    assert.ok(Date.now() - started < 12_000, 'it was waited for');
    const { code, message, hint, exitCode } = explainEventStoreError(error)!;
    assert.equal(code, 'event-store-unreachable');
    assert.equal(exitCode, 4);
    return `${message} ${hint}`;
  } finally {
    await store.close();
  }
};

test('a server that speaks TLS, called without: reports that, and the parameter', async (t) => {
  const { port } = await openServer(t, false);
  assert.match(await problemOf(`esdb://127.0.0.1:${port}?tls=false`), /speaks TLS\) Remove tls=false/);
});

test('a server that speaks without TLS, called with: reports that, and the parameter', async (t) => {
  const { port } = await openServer(t, true);
  assert.match(await problemOf(`esdb://127.0.0.1:${port}`), /speaks without TLS\) Add tls=false/);
});

test('a certificate of an unknown CA: reports that, and the parameter', async (t) => {
  const { port } = await openServer(t, false);
  assert.match(await problemOf(`esdb://localhost:${port}`), /from an unknown CA .*tlsCAFile=/);
});

test('a certificate for another name: reports its names', async (t) => {
  const { port } = await openServer(t, false);
  const sockets = new Set<Socket>();
  const elsewhere = createServer((socket) => {
    const to = connect(port, '127.0.0.1');
    for (const each of [socket, to]) {
      each.on('error', () => {});
      sockets.add(each);
    }
    socket.pipe(to).pipe(socket);
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.2', resolve));
  t.after(async () => {
    // An open connection would keep this process running.
    for (const socket of sockets) socket.destroy();
    elsewhere.close();
  });
  const at = (elsewhere.address() as { port: number }).port;
  const url = `esdb://127.0.0.2:${at}?tlsCAFile=${encodeURIComponent(testAccess().certificateFile)}`;
  assert.match(await problemOf(url), /for another name \(localhost, 127\.0\.0\.1/);
});

test('TLS to an IP address works, and prints only our own output', async (t) => {
  const { port } = await openServer(t, false);
  const { userName, password, certificateFile } = testAccess();
  const url = `esdb://${userName}:${password}@127.0.0.1:${port}?keepAliveInterval=2000&tlsCAFile=${encodeURIComponent(certificateFile)}`;
  const script = `
    import { connectEventStore } from './eventstore/event-store.ts';
    const store = connectEventStore(process.env.URL_TO_TRY);
    console.log(typeof (await store.lastPosition()));
    await store.close();
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, URL_TO_TRY: url, NODE_TEST_CONTEXT: undefined },
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.equal(stdout, 'object\n');
});

test('a wrong password is reported at once', async (t) => {
  const { port } = await openServer(t, false);
  const file = encodeURIComponent(testAccess().certificateFile);
  const store = connectEventStore(`esdb://openhouse:wrong%40pass@localhost:${port}?tlsCAFile=${file}`);
  t.after(() => store.close());
  const error = await store.lastPosition().then(
    () => assert.fail('it was let in'),
    (error: unknown) => explainEventStoreError(error),
  );
  assert.equal(error?.code, 'event-store-login');
});
