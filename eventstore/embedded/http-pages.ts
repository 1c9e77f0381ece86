import type { RequestListener } from 'node:http';
import { SERVER_VERSION } from './grpc/server-features.ts';

/**
 * What a node serves over HTTP/1.1 without credentials: `/health/live` (compose and testcontainers wait for it) and `/info`.
 * The rest of EventStoreDB's HTTP API (AtomPub, admin) is not supported.
 */
export const httpPages =
  (authenticates: boolean): RequestListener =>
  (request, response) => {
    const path = (request.url ?? '/').split('?')[0]!.replace(/(.)\/$/, '$1');
    if (request.method !== 'GET' && request.method !== 'HEAD') return response.writeHead(405, { allow: 'GET' }).end();
    if (path === '/health/live') return response.writeHead(204).end();
    if (path !== '/info') return response.writeHead(404).end();
    const info = {
      esVersion: SERVER_VERSION,
      state: 'leader',
      features: { projections: false, userManagement: false, atomPub: false },
      authentication: { type: authenticates ? 'basic' : 'insecure' },
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(info));
  };
