import { createServer } from 'node:net';

/**
 * A TCP port of this machine's loopback address that nobody uses: `preferred` when it is free, any other otherwise.
 *
 * Somebody else may take it before the caller does: who uses it must be ready to ask again.
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined) {
    const found = await tryPort(preferred).catch(() => undefined);
    if (found !== undefined) return found;
  }
  return await tryPort(0);
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(found));
    });
  });
}
