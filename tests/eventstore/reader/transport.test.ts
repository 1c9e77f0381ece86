import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  type ClientHttp2Stream,
  constants,
  createServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectEventStore, type EventStore } from '../../../eventstore/event-store.ts';
import { eventsOf, openReader, responsesOf } from '../../../eventstore/reader/reader.ts';
import { failureOf } from '../../../eventstore/server/failure.ts';
import { readAccess } from '../../../eventstore/server/http2/channel.ts';
import { http2Session } from '../../../eventstore/server/http2/http2-session.ts';
import { until } from '../../support/until.ts';
import { collect, rejection, within } from '../support/wait.ts';
import { nthEvent } from './messages.ts';

const ok = { ':status': 200, 'content-type': 'application/grpc' };
/** The answer to everything but reads. */
const unimplemented = { ...ok, 'grpc-status': '12' };

const framed = (message: Buffer, flag = 0): Buffer => {
  const header = Buffer.from([flag, 0, 0, 0, 0]);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
};

/** A server of bare HTTP/2 that answers the n-th read (0, 1, …) as told. */
const http2Server = async (
  t: Pick<TestContext, 'after'>,
  answer: (stream: ServerHttp2Stream, breakConnections: () => void, n: number) => void,
  host = '127.0.0.1',
) => {
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const breakConnections = () => sockets.forEach((socket) => void socket.destroy());
  /** The authorities of all calls. */
  const authorities = new Set<unknown>();
  let reads = 0;
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    authorities.add(headers[':authority']);
    if (String(headers[':path']).endsWith('/Read')) answer(stream, breakConnections, reads++);
    else stream.respond(unimplemented, { endStream: true });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  const store = connectEventStore(`esdb://${shown}:${port}?tls=false`, { ms: 0 });
  t.after(async () => {
    await store.close();
    server.close();
    for (const session of sessions) session.destroy();
  });
  return { store, port, sessions, authorities };
};

/** A store that reaches a server on this port over a line that passes bytes on as told. */
const storeOverLine = async (
  t: Pick<TestContext, 'after'>,
  port: number,
  options: string,
  passOn: (socket: Socket, onward: Socket) => void,
) => {
  const sockets = new Set<Socket>();
  const line = createTcpServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    for (const each of [socket, onward]) sockets.add(each.on('error', () => {}));
    passOn(socket, onward);
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  const at = (line.address() as AddressInfo).port;
  const store = connectEventStore(`esdb://127.0.0.1:${at}?tls=false&${options}`, { ms: 0 });
  t.after(async () => {
    await store.close();
    for (const socket of sockets) socket.destroy();
    line.close();
  });
  return { store, sockets };
};

const revisionsOf = async (store: EventStore): Promise<bigint[]> => {
  const revisions: bigint[] = [];
  for await (const { revision } of store.readAll()) revisions.push(revision);
  return revisions;
};

test('events that Node passes on before the head of the answer, with which they arrived, are read', async () => {
  const stream = Object.assign(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }), {
    rstCode: constants.NGHTTP2_NO_ERROR,
    close() {},
  });
  const reader = openReader({ open: () => stream as unknown as ClientHttp2Stream, close() {} });
  const events = eventsOf(reader, { stream: '$all', from: 'start', count: 1 });
  stream.emit('data', framed(nthEvent(1)));
  stream.emit('response', ok);
  stream.emit('trailers', { 'grpc-status': '0' });
  stream.push(null);
  assert.equal((await events).length, 1);
});

/** Answers with an event, and then ends the call. */
const afterAnEvent =
  (end: (stream: ServerHttp2Stream, breakConnections: () => void) => void) =>
  (stream: ServerHttp2Stream, breakConnections: () => void) => {
    stream.respond(ok, { waitForTrailers: true });
    stream.write(framed(nthEvent(1)), () => end(stream, breakConnections));
  };

/** Answers with these bytes, and success. */
const succeed = (stream: ServerHttp2Stream, bytes: Buffer) => {
  stream.respond(ok, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(bytes);
};

const ways: readonly {
  readonly title: string;
  answer(stream: ServerHttp2Stream, breakConnections: () => void): void;
  readonly kind: string;
  readonly message: RegExp;
}[] = [
  {
    title: 'a status at the end',
    answer: afterAnEvent((stream) => {
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'grpc-status': '14', 'grpc-message': 'Server%20is%20t%C3%B3o busy%' }),
      );
      stream.end();
    }),
    kind: 'away',
    message: /^14 UNAVAILABLE: Server%20is%20t%C3%B3o busy%$/,
  },
  {
    title: 'only a status',
    answer: (stream) =>
      stream.respond(
        { ...ok, 'grpc-status': '7', 'grpc-message': 'Access%20to%20Acci%C3%B3n%20denied', exception: 'access-denied' },
        { endStream: true },
      ),
    kind: 'refused',
    message: /^Access to Acción denied$/,
  },
  {
    title: 'no status',
    answer: afterAnEvent((stream) => stream.close()),
    kind: 'away',
    message: /^13 INTERNAL: Received RST_STREAM with code 0/,
  },
  {
    title: 'RST_STREAM',
    answer: afterAnEvent((stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)),
    kind: 'away',
    message: /^13 INTERNAL: Received RST_STREAM with code 2/,
  },
  {
    title: 'a refused stream',
    answer: (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
    kind: 'away',
    message: /^14 UNAVAILABLE: Stream refused by server/,
  },
  {
    title: 'a connection that breaks',
    answer: afterAnEvent((_, breakConnections) => breakConnections()),
    kind: 'away',
    message: /^14 UNAVAILABLE: /,
  },
  {
    title: 'a connection that is ended with an error',
    answer: afterAnEvent((stream) => stream.session!.destroy(new Error('it failed'), constants.NGHTTP2_INTERNAL_ERROR)),
    kind: 'away',
    message: /^1[34] /,
  },
  {
    title: "a proxy's page for a server that is not there",
    answer: (stream) => {
      stream.respond({ ':status': 503, 'content-type': 'text/html' });
      stream.end('<html>Service unavailable</html>');
    },
    kind: 'away',
    message: /^14 UNAVAILABLE: Received HTTP status code 503$/,
  },
  {
    title: 'a message that the end of the call cuts off',
    answer: (stream) => {
      succeed(stream, Buffer.concat([framed(nthEvent(1)), framed(nthEvent(2)).subarray(0, 9)]));
    },
    kind: 'malformed',
    message: /^after position 1, .* cut off/,
  },
  {
    title: 'a compressed message, which was not asked for',
    answer: afterAnEvent((stream) => stream.write(framed(nthEvent(2), 1))),
    kind: 'malformed',
    message: /^after position 1, .* compressed/,
  },
];

for (const { title, answer, kind, message } of ways) {
  test(`${title} ends a read as ${kind}, and the next one works`, async (t) => {
    const { store } = await http2Server(t, (stream, breakConnections, n) => {
      if (n === 0) answer(stream, breakConnections);
      else succeed(stream, framed(nthEvent(7)));
    });
    const error = await within(60_000, 'the read to end', rejection(revisionsOf(store)));
    assert.equal(failureOf(error)?.kind, kind, error.message);
    assert.match(error.message, message);
    assert.deepEqual(await revisionsOf(store), [7n]);
  });
}

test('a connection that breaks while Node still holds some of a finished answer ends the read as away', async (t) => {
  let sendRest = () => {};
  let breakConnections = () => {};
  const { port } = await http2Server(t, (stream, breakAll) => {
    breakConnections = breakAll;
    stream.respond(ok, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.write(framed(nthEvent(1)));
    // More than the reader takes ahead of its consumer, and less than the server may send ahead of the reader.
    const data = Buffer.alloc(100_000, 'x');
    sendRest = () => stream.end(Buffer.concat(Array.from({ length: 50 }, (_, n) => framed(nthEvent(n + 2, data)))));
  });
  const endpoint = { host: '127.0.0.1', port };
  const session = http2Session(readAccess(`esdb://127.0.0.1:${port}?tls=false`), endpoint, endpoint.host, {});
  t.after(() => session.close());
  const opened: ClientHttp2Stream[] = [];
  const open = (path: string) => {
    opened.push(session.open(path));
    return opened[0]!;
  };
  const responses = responsesOf(openReader({ ...session, open }), { stream: '$all', from: 'start' });
  assert.equal((await responses.next()).value?.length, 1);
  const ended = once(opened[0]!, 'trailers');
  sendRest();
  await within(60_000, 'the end of the answer', ended);
  const closed = new Promise((resolve) => opened[0]!.once('close', resolve));
  breakConnections();
  await within(60_000, 'the end of the connection', closed);
  assert.equal(failureOf(await rejection(collect(responses)))?.kind, 'away');
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

// EventStoreDB rejects requests without them.
test('reads name a node with an IPv6 address in brackets', { skip: !hasIpv6 }, async (t) => {
  const { store, port, authorities } = await http2Server(t, (stream) => succeed(stream, framed(nthEvent(7))), '::1');
  assert.deepEqual(await revisionsOf(store), [7n]);
  assert.deepEqual([...authorities], [`[::1]:${port}`]);
});

test('a server that says goodbye finishes the reads in progress, and gets the next ones over a new connection', async (t) => {
  let finish = () => {};
  const used = new Set<unknown>();
  const { store } = await http2Server(t, (stream, _, n) => {
    used.add(stream.session);
    stream.respond(ok, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.write(framed(nthEvent(1)));
    finish = () => stream.end(framed(nthEvent(2)));
    if (n === 0) stream.session!.goaway(constants.NGHTTP2_NO_ERROR);
    else finish();
  });
  const events = store.readAll()[Symbol.asyncIterator]();
  assert.equal((await events.next()).value?.revision, 1n);
  assert.deepEqual(await revisionsOf(store), [1n, 2n]);
  assert.equal(used.size, 2);
});

/** A timer in Linux's list of connections that belongs to TCP's keep-alive. */
const keepAliveTimer = '02';

test('the operating system watches a connection too', { skip: process.platform !== 'linux' }, async (t) => {
  let begun = () => {};
  const reading = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { store, port } = await http2Server(t, begun);
  const read = rejection(revisionsOf(store));
  await within(60_000, 'a read', reading);
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const isWatched = () =>
    readFileSync('/proc/self/net/tcp', 'latin1')
      .split('\n')
      .map((row) => row.trim().split(/\s+/))
      .some((row) => row[2] === remote && row[5]?.startsWith(keepAliveTimer));
  await until('a timer of TCP', isWatched);
  await store.close();
  await read;
});

test('a connection that no longer answers pings is broken', async (t) => {
  const { port } = await http2Server(
    t,
    afterAnEvent(() => freeze()),
  );
  const freeze = () => sockets.forEach((socket) => void socket.unpipe().pause());
  const { store, sockets } = await storeOverLine(
    t,
    port,
    'keepAliveInterval=50&keepAliveTimeout=100',
    (socket, onward) => socket.pipe(onward).pipe(socket),
  );
  const error = await within(60_000, 'the read to end', rejection(revisionsOf(store)));
  assert.equal(failureOf(error)?.kind, 'away');
  assert.match(error.message, /a ping was not answered/);
});

test('a line on which the answer to a ping comes late, after much data, is not taken for a broken connection', async (t) => {
  const data = Buffer.alloc(10_000, 'x');
  const { port } = await http2Server(t, (stream) => {
    succeed(stream, Buffer.concat(Array.from({ length: 300 }, (_, n) => framed(nthEvent(n, data)))));
  });
  const { store } = await storeOverLine(t, port, 'keepAliveInterval=20&keepAliveTimeout=200', (socket, onward) => {
    socket.pipe(onward);
    let waiting = Buffer.alloc(0);
    onward.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
    });
    const line = setInterval(() => {
      socket.write(waiting.subarray(0, 25_000));
      waiting = waiting.subarray(25_000);
    }, 10);
    socket.on('close', () => clearInterval(line));
  });
  assert.equal((await revisionsOf(store)).length, 300);
});

test('a process ends although a connection that it has read over is open', async (t) => {
  const { port, sessions } = await http2Server(t, (stream) => succeed(stream, framed(nthEvent(1))));
  const script = `
    import { connectEventStore } from './eventstore/event-store.ts';
    const store = connectEventStore('esdb://127.0.0.1:${port}?tls=false');
    for await (const { revision } of store.readAll()) console.log(String(revision));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = once(child.stdout, 'data');
  const [code] = await within(60_000, 'the process to end', once(child, 'close'));
  assert.equal(code, 0);
  assert.equal(String((await said)[0]), '1\n');
  await until('its connections to be closed', () => sessions.size === 0);
});
