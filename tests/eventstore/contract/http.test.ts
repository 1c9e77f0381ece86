import { strict as assert } from 'node:assert';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { test } from 'node:test';
import { useEventStore } from '../support/event-store.ts';

const store = useEventStore();

/** Requests the gRPC port over HTTP/1.1 without credentials, like the health checks of containers. */
const get = (path: string): Promise<{ status: number; body: string }> => {
  const url = new URL(store.url.replace(/^esdb:/, 'http:'));
  const secure = url.searchParams.get('tls') !== 'false';
  return new Promise((resolve, reject) => {
    const options = { host: url.hostname, port: url.port, path, rejectUnauthorized: false };
    const asked = (secure ? requestHttps : requestHttp)(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('error', reject).end();
  });
};

test('http: GET /health/live returns 204', async () => {
  assert.deepEqual(await get('/health/live'), { status: 204, body: '' });
});

test('http: GET /info returns the version and the state', async () => {
  const { status, body } = await get('/info');
  assert.equal(status, 200);
  const { esVersion, state } = JSON.parse(body) as { esVersion: string; state: string };
  assert.match(esVersion, /^\d+\.\d+/);
  assert.equal(state, 'leader');
});
