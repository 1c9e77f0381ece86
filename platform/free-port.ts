import { createServer } from 'node:net';

/**
 * A free TCP port on loopback: `preferred` if it is free, otherwise any.
 *
 * Another program may take it before the caller does, so callers must be ready to ask again.
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
