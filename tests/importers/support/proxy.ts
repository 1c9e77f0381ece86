import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * A proxy before a server, closed when the test ends: `join` passes on what both sides of a connection say.
 *
 * @returns the server's URL, through the proxy
 */
export const proxyBefore = async (
  t: TestContext,
  url: string,
  join: (client: Socket, server: Socket) => void,
): Promise<string> => {
  const target = new URL(url);
  const port = Number(target.port);
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(port, target.hostname);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    join(client, server);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  target.port = String((proxy.address() as { port: number }).port);
  return String(target);
};
