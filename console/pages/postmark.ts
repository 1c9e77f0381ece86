import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { keepReport } from '../../delivery/reports/keep-report.ts';
import type { Page } from '../deps.ts';

/** Postmark's reports have some kilobytes; one with the whole e-mail in it (`IncludeContent`) has more. */
const bodyLimit = 5 * 1024 * 1024;

/**
 * `POST /postmark/webhook`: where Postmark reports what became of e-mails. A report is kept before it is acknowledged with
 * 200, and applied after that. Without POSTMARK_WEBHOOK_SECRET there is no such page.
 *
 * Postmark does not sign its requests. They carry the secret: as the password of HTTP basic authentication (with any user
 * name), as `Authorization: Bearer …`, or as `X-Webhook-Secret: …`. A wrong one is answered with 401: after a 403 Postmark
 * would not try again.
 */
export const postmarkWebhook = async (app: FastifyInstance, { deps }: Pick<Page, 'deps'>): Promise<void> => {
  const { db, clock, log, config } = deps;
  const { postmarkWebhookSecret: secret } = config;
  if (secret === undefined) return;
  const expected = digest(secret);
  await app.register(async (webhook) => {
    webhook.removeAllContentTypeParsers();
    webhook.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
    webhook.setErrorHandler(async (error, _request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 503;
      if (status >= 500)
        log.error({ err: error, route }, 'a report of Postmark could not be kept; Postmark sends it again');
      else log.warn({ route, status }, 'a request to the webhook was refused');
      return await reply.code(status >= 500 ? 503 : status).send({ error: status >= 500 ? 'unavailable' : 'refused' });
    });
    // Before the body is read.
    webhook.addHook('onRequest', async (request, reply) => {
      if (secretsIn(request).some((given) => timingSafeEqual(digest(given), expected))) return;
      log.warn({ route }, 'a request to the webhook without the right secret was refused');
      await reply.code(401).header('www-authenticate', 'Basic realm="webhook"').send({ error: 'unauthorized' });
    });
    webhook.post(route, async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const report = objectIn(body);
      const kept = await keepReport(db, report, body, clock.now());
      if (kept !== 'waiting') log.warn({ route, kept }, 'a report of Postmark is kept, and not applied');
      return await reply
        .code(report === null ? 400 : 200)
        .send(report === null ? { error: 'the body is not a JSON object' } : { kept });
    });
  });
};

const route = '/postmark/webhook';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const secretsIn = ({ headers }: FastifyRequest): readonly string[] => {
  const { authorization = '', 'x-webhook-secret': own } = headers;
  const [, scheme = '', credentials = ''] = /^(basic|bearer)\s+(\S{1,2000})\s*$/i.exec(authorization) ?? [];
  const given = typeof own === 'string' ? [own] : [];
  if (scheme.toLowerCase() === 'bearer') given.push(credentials);
  if (scheme.toLowerCase() === 'basic') {
    const plain = Buffer.from(credentials, 'base64').toString('utf8');
    const colon = plain.indexOf(':');
    if (colon >= 0) given.push(plain.slice(colon + 1));
  }
  return given;
};

const objectIn = (body: Buffer): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
};
