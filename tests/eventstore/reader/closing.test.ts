import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventsOf, openReader } from '../../../eventstore/reader/reader.ts';
import { failureOf } from '../../../eventstore/server/failure.ts';
import { readAccess } from '../../../eventstore/server/http2/channel.ts';
import { http2Session } from '../../../eventstore/server/http2/http2-session.ts';
import { until } from '../../support/until.ts';
import { rejection, sleep } from '../support/wait.ts';

/** A port that ignores those who connect: its process is stopped, and its queue is full. */
const ignoringPort = async (t: Pick<TestContext, 'after'>): Promise<number> => {
  const script = `const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
  });
  const port = Number((await once(child.stdout, 'data'))[0]);
  child.kill('SIGSTOP');
  for (;;) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    await Promise.race([once(socket, 'connect'), sleep(500)]);
    if (socket.connecting) return port;
  }
};

const sockets = (): number => process.getActiveResourcesInfo().filter((what) => what === 'TCPSocketWrap').length;

test('closing ends a connection that is still being opened', { skip: process.platform !== 'linux' }, async (t) => {
  const port = await ignoringPort(t);
  const before = sockets();
  const endpoint = { host: '127.0.0.1', port };
  const session = http2Session(readAccess(`esdb://127.0.0.1:${port}?tls=false`), endpoint, endpoint.host, {});
  const reader = openReader(session);
  const error = rejection(eventsOf(reader, { stream: '$all', from: 'start', count: 1 }));
  await until('the connection to be opened', () => sockets() === before + 1, 5_000);
  reader.close();
  assert.equal(failureOf(await error)?.kind, 'away');
  await until('the connection to be given up', () => sockets() === before, 5_000);
});
