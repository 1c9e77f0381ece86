import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { openReader, responsesOf } from '../../../eventstore/reader/reader.ts';
import { failureOf } from '../../../eventstore/server/failure.ts';
import { readAccess } from '../../../eventstore/server/http2/channel.ts';
import { http2Session } from '../../../eventstore/server/http2/http2-session.ts';
import { nthEvent } from './messages.ts';

const framed = (message: Buffer): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
};

test('a connection that breaks at any byte: the events before it in order, and then a failure that waiting can fix', async (t) => {
  const server = createServer();
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.concat([1, 2, 3].map((n) => framed(nthEvent(n)))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  /** How many bytes the next connection passes on from the server, and how many the latest has. */
  let limit = Number.POSITIVE_INFINITY;
  let total = 0;
  const sockets = new Set<Socket>();
  const between = createTcpServer((client) => {
    const upstream = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on('error', end);
      socket.on('close', end);
    }
    client.pipe(upstream);
    const most = limit;
    let passed = 0;
    if (most === 0) return end();
    upstream.on('data', (data) => {
      const some = data.subarray(0, most - passed);
      passed += some.length;
      total = passed;
      const last = passed === most;
      if (last) upstream.pause();
      client.write(some, () => last && end());
    });
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  t.after(() => {
    between.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  const { port } = between.address() as AddressInfo;
  const access = readAccess(`esdb://127.0.0.1:${port}?tls=false`);
  const read = async () => {
    const reader = openReader(http2Session(access, access.address.hosts[0]!, '127.0.0.1', {}));
    const revisions: number[] = [];
    try {
      for await (const batch of responsesOf(reader, { stream: '$all', from: 'start' }))
        for (const response of batch) if (response.kind === 'event') revisions.push(Number(response.event!.revision));
      return { revisions, error: undefined };
    } catch (error) {
      return { revisions, error };
    } finally {
      reader.close();
    }
  };

  const whole = await read();
  assert.deepEqual(whole, { revisions: [1, 2, 3], error: undefined });
  const all = total;
  assert.ok(all > 3 * nthEvent(1).length, `${all} bytes`);
  const seen = new Set<number>();
  for (limit = 0; limit < all; limit++) {
    const { revisions, error } = await read();
    assert.deepEqual(revisions, [1, 2, 3].slice(0, revisions.length), `${limit} bytes`);
    if (error === undefined) assert.equal(revisions.length, 3, `${limit} bytes`);
    else assert.equal(failureOf(error)?.kind, 'away', `${limit} bytes: ${error}`);
    seen.add(revisions.length);
  }
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3]);
});
