import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Page } from '../deps.ts';
import { attemptStore, logInLimits } from './attempts.ts';
import { cookieOf, sessionCookie, sessionToken } from './gate.ts';
import { passwordFits } from './passwords.ts';
import { beginSession, endSession, sessionLife } from './sessions.ts';
import { canonicalUserName, hasUsers } from './users.ts';

const querySchema = z.object({ to: z.string().max(2_000).catch('/') });
const formSchema = z.object({
  userName: z.string().max(200).transform(canonicalUserName).catch(''),
  password: z.string().max(5_000).catch(''),
});

/** A path on this console to continue to; `/` for anything that leads elsewhere. */
export const ownPath = (to: string): string => {
  const base = 'http://console.invalid';
  if (!to.startsWith('/') || !URL.canParse(to, base)) return '/';
  const { origin, pathname, search } = new URL(to, base);
  return origin === base && !pathname.startsWith('//') ? `${pathname}${search}` : '/';
};

/** `/log-in` and `/log-out`. A wrong password and an unknown user get the same answer, after the same amount of work. */
export const logInPages = async (app: FastifyInstance, { deps, render }: Page): Promise<void> => {
  await app.register(rateLimit, { global: false, store: attemptStore(deps.db), timeWindow: logInLimits.windowMs });
  const limits = [
    app.createRateLimit({ max: logInLimits.perAddress, ipv6Subnet: 64 }),
    app.createRateLimit({
      max: logInLimits.perAccount,
      keyGenerator: (request: FastifyRequest) => `account:${formSchema.parse(request.body ?? {}).userName}`,
    }),
  ];
  /** The number of seconds until the next attempt is allowed; 0 for now. */
  const toWait = async (request: FastifyRequest): Promise<number> => {
    for (const limit of limits) {
      const state = await limit(request);
      if (!state.isAllowed && state.isExceeded) return state.ttlInSeconds;
    }
    return 0;
  };
  const logIn = (to: string, data: { problem?: string; userName?: string; nobody?: boolean }) =>
    render('public/log-in', { title: 'Log in', path: '' }, { to, problem: null, userName: '', nobody: false, ...data });

  app.get('/log-in', async (request, reply) => {
    const to = ownPath(querySchema.parse(request.query).to);
    if (request.userName !== null) return await reply.redirect(to, 303);
    return await reply.type('text/html').send(logIn(to, { nobody: !(await hasUsers(deps.db)) }));
  });

  app.post('/log-in', { bodyLimit: 16_384 }, async (request, reply) => {
    const to = ownPath(querySchema.parse(request.query).to);
    const { userName, password } = formSchema.parse(request.body ?? {});
    const seconds = await toWait(request);
    if (seconds > 0) {
      deps.log.warn({ address: request.ip }, 'too many attempts to log in');
      const minutes = Math.ceil(seconds / 60);
      const problem = `Too many attempts. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
      return await reply
        .code(429)
        .header('retry-after', seconds)
        .type('text/html')
        .send(logIn(to, { problem, userName }));
    }
    const { rows } = await sql<{ id: string; hash: string }>`
      select console_user_id as id, password_hash as hash from ops.console_user where user_name = ${userName}`.execute(
      deps.db,
    );
    const user = rows[0];
    if (!(await passwordFits(user?.hash ?? null, password)) || user === undefined) {
      const problem = 'The user name or the password is wrong.';
      return await reply.code(403).type('text/html').send(logIn(to, { problem, userName }));
    }
    const before = sessionToken(request, deps);
    if (before !== undefined) await endSession(deps.db, before);
    const { name, options } = cookieOf(request, deps, sessionCookie);
    const token = await beginSession(deps.db, user.id);
    return await reply.setCookie(name, token, { ...options, maxAge: sessionLife.longestSeconds }).redirect(to, 303);
  });

  app.post('/log-out', async (request, reply) => {
    const token = sessionToken(request, deps);
    if (token !== undefined) await endSession(deps.db, token);
    const { name, options } = cookieOf(request, deps, sessionCookie);
    return await reply.clearCookie(name, options).redirect('/log-in', 303);
  });
};
