import { randomBytes } from 'node:crypto';
import cookie, { type CookieSerializeOptions } from '@fastify/cookie';
import csrfProtection from '@fastify/csrf-protection';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConsoleDeps } from '../deps.ts';
import { currentVisit } from '../visit.ts';
import { userOfSession } from './sessions.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is logged in; null when no one is, or when the console does not ask for a log-in. */
    userName: string | null;
  }
}

/** Pages that need no log-in: the log-in page, its assets, and machine endpoints without personal data. */
const open = new Set(['/log-in', '/health/live', '/health/ready', '/metrics', '/assets/*', '/assets/htmx.min.js']);
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Cookie settings for this request's connection. With https, they are only sent over https, and no sibling host can set them. */
export const cookieOf = (request: FastifyRequest, deps: ConsoleDeps, name: string) => {
  const secure = request.protocol === 'https' || (deps.config.consoleUrl?.startsWith('https://') ?? false);
  const options: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure };
  return { name: secure ? `__Host-${name}` : name, options };
};

export const sessionCookie = 'openhouse_session';

export const sessionToken = (request: FastifyRequest, deps: ConsoleDeps): string | undefined =>
  request.cookies[cookieOf(request, deps, sessionCookie).name];

/**
 * Guards every page: admits only people who are logged in (if `asks`), and refuses changes without the CSRF token that only our own
 * pages have.
 */
export const guard = async (app: FastifyInstance, deps: ConsoleDeps, asks: boolean): Promise<void> => {
  /** The session that a CSRF token belongs to; before the log-in a fixed placeholder. */
  const csrfOwner = (request: FastifyRequest) => sessionToken(request, deps) ?? 'nobody';
  await app.register(cookie);
  await app.register(csrfProtection, {
    cookieKey: 'openhouse_csrf',
    cookieOpts: {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: deps.config.consoleUrl?.startsWith('https://') ?? false,
    },
    // Bound to the session, so a token from before the log-in or from another session is not valid.
    csrfOpts: { hmacKey: randomBytes(32), userInfo: true },
    getUserInfo: csrfOwner,
  });
  app.decorateRequest('userName', null);
  app.addHook('onRequest', async (request, reply) => {
    if (!asks) return;
    const token = sessionToken(request, deps);
    const used = request.headers['hx-request'] === undefined;
    request.userName = token === undefined ? null : await userOfSession(deps.db, token, { used });
    if (request.userName === null && !open.has(request.routeOptions.url ?? '')) await sendToLogIn(request, reply);
  });
  app.addHook('preHandler', (request, reply, done) => {
    if (safeMethods.has(request.method)) return done();
    app.csrfProtection(request, reply, done);
  });
  app.addHook('preHandler', (request, reply, done) => {
    const csrfToken = reply.generateCsrf({ userInfo: csrfOwner(request) });
    currentVisit.run({ userName: request.userName, csrfToken }, done);
  });
};

/** Sends people to the log-in page and back afterwards; programs get a 401. */
const sendToLogIn = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  const page = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
  const target = page && request.url !== '/' ? `/log-in?to=${encodeURIComponent(request.url)}` : '/log-in';
  if (request.headers['hx-request'] !== undefined) {
    await reply.code(401).header('hx-redirect', '/log-in').type('text/plain').send('Log in again.\n');
  } else if (page) {
    await reply.redirect(target, 303);
  } else {
    await reply.code(401).type('text/plain').send('Log in first, at /log-in.\n');
  }
};
