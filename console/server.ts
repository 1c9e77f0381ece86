import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { explainEventStoreError } from '../eventstore/explain-error.ts';
import { isConnectionLoss } from '../platform/database.ts';
import { errorCode, isUserError, userError } from '../platform/errors.ts';
import type { ConsoleDeps, Page } from './deps.ts';
import { type Health, readHealth } from './health.ts';
import { createMetrics } from './metrics.ts';
import { findPage } from './pages/find.ts';
import { historyPages } from './pages/history.ts';
import { leadsPage } from './pages/leads.ts';
import { outboxPages } from './pages/outbox.ts';
import { overviewPage } from './pages/overview.ts';
import { publicPages } from './pages/public.ts';
import { quarantinePage } from './pages/quarantine.ts';
import { createRender } from './render.ts';

export type { ConsoleDeps } from './deps.ts';

export type RunningConsole = { readonly url: string; close(): Promise<void> };

/**
 * Serves the console until it is closed.
 *
 * Its pages hold personal data and there is no log-in yet: it listens on the loopback address unless told otherwise, and
 * answers only to names of this machine's own and that of OPENHOUSE_BASE_URL (so that no website can reach it through a
 * visitor's browser).
 *
 * @param options.port 0 for any free one
 * @throws UserError when the port is in use or may not be used
 */
export const startConsole = async (
  deps: ConsoleDeps,
  options: { readonly port: number; readonly host?: string },
): Promise<RunningConsole> => {
  const { port, host = '127.0.0.1' } = options;
  const app = Fastify({ logger: false, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } });
  const page: Page = { deps, render: createRender(deps.config.timeZone) };

  answerOnlyTo(app, new URL(deps.config.baseUrl).hostname, host);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false, // it is plain HTTP: whoever puts TLS before it says so there
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  app.addHook('onSend', async (_request, reply) => {
    if (reply.getHeader('content-type') === 'text/html') reply.type('text/html; charset=utf-8');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  await app.register(formbody);
  await serveAssets(app);
  explainErrors(app, page);

  overviewPage(app, page);
  leadsPage(app, page);
  outboxPages(app, page);
  quarantinePage(app, page);
  findPage(app, page);
  historyPages(app, page);
  publicPages(app, page);
  machinePages(app, deps);

  try {
    const url = await app.listen({ port, host });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw explainListen(error, port);
  }
};

const isLoopback = (host: string) => ['127.0.0.1', '::1', 'localhost'].includes(host);

/**
 * Refuses requests for other host names: a website whose name suddenly means 127.0.0.1 (DNS rebinding) reads nothing.
 * Where it listens to other machines too, as in a container, their health checks and metrics come by any name; these two
 * say nothing of people.
 */
const answerOnlyTo = (app: FastifyInstance, ownName: string, host: string): void => {
  const names = new Set(['127.0.0.1', 'localhost', '::1', '[::1]', ownName]);
  const forMachines = isLoopback(host) ? [] : ['/health', '/metrics'];
  app.addHook('onRequest', async (request, reply) => {
    const { hostname, url } = request;
    if (names.has(hostname.replace(/:\d+$/, '')) || forMachines.includes(url)) return;
    const hint = 'It answers to the name in OPENHOUSE_BASE_URL.';
    await reply.code(421).type('text/plain').send(`The console does not answer to this name. ${hint}\n`);
  });
};

const serveAssets = async (app: FastifyInstance): Promise<void> => {
  const root = fileURLToPath(new URL('./assets/', import.meta.url));
  await app.register(fastifyStatic, { root, prefix: '/assets/', maxAge: 60_000 });
  const htmx = await readFile(createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js'));
  app.get('/assets/htmx.min.js', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').type('text/javascript').send(htmx),
  );
};

/** `/health` and `/metrics`, for machines. */
const machinePages = (app: FastifyInstance, deps: ConsoleDeps): void => {
  const metrics = createMetrics(deps, () => readHealth(deps));
  app.get('/health', async (_request, reply) => {
    const health: Health = await readHealth(deps);
    const body = JSON.stringify(health, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
    return await reply
      .code(health.status === 'down' ? 503 : 200)
      .type('application/json')
      .send(body);
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()));
};

/** Errors as pages. The log gets the route and not the address, which may hold an e-mail address. */
const explainErrors = (app: FastifyInstance, { deps, render }: Page): void => {
  const problem = (title: string, message: string, hint?: string) =>
    render('problem', { title, path: '' }, { message, hint });
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).type('text/html').send(problem('There is no such page', 'The address may be wrong.')),
  );
  app.setErrorHandler(async (error, request, reply) => {
    if (isUserError(error)) {
      const code = error.code === 'record-ambiguous' ? 300 : 404;
      return await reply
        .code(code)
        .type('text/html')
        .send(problem('Not found', `${error.message}.`, error.hint));
    }
    const route = request.routeOptions.url ?? 'unknown';
    if (isConnectionLoss(error) || explainEventStoreError(error) !== undefined) {
      deps.log.warn({ err: error, route }, 'a page could not be shown: a server does not answer');
      const hint = 'It is shown again as soon as the server answers.';
      return await reply
        .code(503)
        .type('text/html')
        .send(problem('A server does not answer', 'Try again in a moment.', hint));
    }
    const status = (error as { statusCode?: number }).statusCode;
    if (status !== undefined && status < 500) {
      return await reply
        .code(status)
        .type('text/html')
        .send(problem('That cannot be shown', 'The address is not valid.'));
    }
    deps.log.error({ err: error, route }, 'a page could not be shown');
    return await reply.code(500).type('text/html').send(problem('Something went wrong', 'The log says what.'));
  });
};

const explainListen = (error: unknown, port: number): unknown => {
  const code = errorCode(error);
  const hint = 'Choose another one with --port, or with OPENHOUSE_CONSOLE_PORT (0: any free one).';
  if (code === 'EADDRINUSE') return userError(`port ${port} is in use`, { code: 'port-in-use', hint, cause: error });
  if (code === 'EACCES') return userError(`port ${port} may not be used`, { code: 'port-denied', hint, cause: error });
  return error;
};
