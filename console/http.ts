import { fileURLToPath } from 'node:url';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { isEventStoreOutage } from '../eventstore/explain-error.ts';
import { isConnectionLoss } from '../platform/database/database.ts';
import { errorCode, isUserError, userError } from '../platform/errors.ts';
import type { ConsoleDeps } from './deps.ts';

export type Listening = { readonly url: string; close(): Promise<void> };

/** The features of both listeners: forms, a strict content security policy, no caching. */
export const createApp = async (
  { config }: ConsoleDeps,
  { images = [] }: { /** Where pictures may come from, besides our own. */ readonly images?: readonly string[] } = {},
): Promise<FastifyInstance> => {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 },
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", ...images],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false, // this is plain HTTP; a web server that adds TLS in front can set it
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  app.addHook('onSend', async (_request, reply) => {
    if (reply.getHeader('content-type') === 'text/html') reply.type('text/html; charset=utf-8');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  await app.register(formbody);
  app.addHook('preHandler', async ({ params, query, body }) => {
    if ([params, query, body].some(hasNul)) throw Object.assign(new Error('a NUL character'), { statusCode: 400 });
  });
  return app;
};

/** PostgreSQL cannot compare text with a NUL character, and no one types one. */
const hasNul = (value: unknown): boolean => {
  if (typeof value === 'string') return value.includes('\0');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNul);
};

/** The style and the icon, below `/assets/`. */
export const serveAssets = async (app: FastifyInstance): Promise<void> => {
  const root = fileURLToPath(new URL('./assets/', import.meta.url));
  await app.register(fastifyStatic, { root, prefix: '/assets/', maxAge: 60_000 });
};

/** Shows errors as pages. The log gets the route and not the URL, which may contain an e-mail address. */
export const explainErrors = (
  app: FastifyInstance,
  deps: ConsoleDeps,
  problem: (title: string, message: string, hint?: string) => string,
): void => {
  app.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).type('text/html').send(problem('Page not found', 'Check the address.')),
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
    if (isConnectionLoss(error) || isEventStoreOutage(error)) {
      deps.log.warn({ err: error, route }, 'a page could not be shown: a server does not answer');
      const hint = 'It is shown again as soon as the server answers.';
      return await reply
        .code(503)
        .type('text/html')
        .send(problem('A server does not answer', 'Try again in a moment.', hint));
    }
    if (errorCode(error) === '42703' || errorCode(error) === '42P01') {
      deps.log.warn({ err: error, route }, 'a page could not be shown: its read model is from an older release');
      const hint = 'It is shown as soon as that is done. If nothing happens, run `openhouse start`.';
      return await reply
        .code(503)
        .header('retry-after', '10')
        .type('text/html')
        .send(
          problem('openhouse is being upgraded', 'The data for this page is being rebuilt for this release.', hint),
        );
    }
    if (errorCode(error)?.startsWith('FST_CSRF_')) {
      const hint = 'Go back, reload the page, and try again.';
      return await reply
        .code(403)
        .type('text/html')
        .send(problem('The page had expired', 'Nothing was changed.', hint));
    }
    const status = (error as { statusCode?: number }).statusCode;
    if (status !== undefined && status < 500) {
      const isForm = request.method === 'POST';
      const why = status === 413 ? 'What was sent is too long.' : 'What was sent is not valid.';
      return await reply
        .code(status)
        .type('text/html')
        .send(
          isForm
            ? problem('Nothing was changed', why, 'Go back, reload the page, and try again.')
            : problem('This page cannot be shown', 'The address is not valid.'),
        );
    }
    deps.log.error({ err: error, route }, 'a page could not be shown');
    return await reply.code(500).type('text/html').send(problem('Something went wrong', 'The log has the details.'));
  });
};

/**
 * @param settings the names of the settings for the port, for the hint @throws UserError if the port is in use or
 * denied
 */
export const listen = async (
  app: FastifyInstance,
  { port, host, settings }: { readonly port: number; readonly host: string; readonly settings: string },
): Promise<Listening> => {
  try {
    const url = await app.listen({ port, host });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    const code = errorCode(error);
    const hint = `Choose another one with ${settings} (0: any free one).`;
    if (code === 'EADDRINUSE') throw userError(`port ${port} is in use`, { code: 'port-in-use', hint, cause: error });
    if (code === 'EACCES')
      throw userError(`no permission to use port ${port}`, { code: 'port-denied', hint, cause: error });
    throw error;
  }
};
