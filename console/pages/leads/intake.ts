import { createHash, randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { captureLead, identityOf, intakeSchema } from '../../../commands/leads/capture-lead.ts';
import { findRecord } from '../../../history/find-record.ts';
import { isUserError } from '../../../platform/errors.ts';
import { findPerson } from '../../../queries/leads/find-person.ts';
import { nameOfApiKey } from '../../access/api-keys.ts';
import { isSameRequest } from '../../access/intake-requests.ts';
import type { Page } from '../../deps.ts';

/** Requests a minute with one key. */
const perMinute = 120;
/** A field that people do not see and programs fill in: whoever does gets a normal answer. */
const honeypot = 'website';

const refuse = (reply: FastifyReply, status: number, code: string, message: string, errors?: object) =>
  reply.code(status).send({ error: { code, message, ...(errors === undefined ? {} : { fields: errors }) } });

const bodySchema = z.record(z.string(), z.unknown());

/**
 * `POST /api/leads`, for web forms and portals: `Authorization: Bearer <API key>`, a JSON body as `intakeSchema` has it and, so that a
 * request can be repeated without harm, an `Idempotency-Key` (with another body, it is refused). Answers 201 for a new lead and 200 for one that is known.
 */
export const leadIntake = async (app: FastifyInstance, { deps }: Pick<Page, 'deps'>): Promise<void> => {
  const { db, store, clock, log } = deps;
  await app.register(async (api) => {
    api.removeAllContentTypeParsers();
    api.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 64 * 1024 },
      (_request, body, done) => {
        try {
          done(null, JSON.parse(body as string));
        } catch {
          done(Object.assign(new Error('the body is not JSON'), { statusCode: 400 }), undefined);
        }
      },
    );
    await api.register(rateLimit, {
      max: perMinute,
      timeWindow: 60_000,
      keyGenerator: ({ headers, ip }) =>
        createHash('sha256')
          .update(headers.authorization ?? ip)
          .digest('hex'),
    });
    api.setErrorHandler(async (error, _request, reply) => {
      const status = (error as { statusCode?: number }).statusCode ?? 500;
      if (status === 429)
        return await refuse(reply, 429, 'too-many-requests', 'Too many requests: try again in a minute');
      if (status < 500) return await refuse(reply, status, 'request-invalid', (error as Error).message);
      log.error({ err: error, route: '/api/leads' }, 'a lead could not be captured');
      return await refuse(reply, 503, 'unavailable', 'The lead was not recorded: send the same request again');
    });

    api.post('/api/leads', async (request, reply) => {
      const [, key] = /^Bearer\s+(\S{1,200})$/i.exec(request.headers.authorization ?? '') ?? [];
      const name = key === undefined ? null : await nameOfApiKey(db, key);
      if (name === null)
        return await refuse(reply, 401, 'api-key-invalid', 'Send a valid API key: Authorization: Bearer …');
      const given = request.headers['idempotency-key'];
      if (typeof given === 'string' && (given === '' || given.length > 150)) {
        return await refuse(reply, 400, 'idempotency-key-invalid', 'An Idempotency-Key has 1 to 150 characters');
      }
      const body = bodySchema.safeParse(request.body);
      if (!body.success) return await refuse(reply, 400, 'request-invalid', 'The body must be a JSON object');
      const { [honeypot]: trap, ...sent } = body.data;
      if (trap !== undefined && trap !== '' && trap !== null) {
        return await reply.code(201).send({ contactKey: randomUUID(), outcome: 'captured' });
      }
      const parsed = intakeSchema.safeParse(sent);
      if (!parsed.success) {
        const errors = parsed.error.issues.map(({ path, message, ...issue }) => ({
          field: [...path, ...('keys' in issue ? (issue.keys as string[]) : [])].join('.'),
          message,
        }));
        return await refuse(reply, 422, 'lead-invalid', 'The lead was not recorded', errors);
      }
      if (typeof given === 'string' && !(await isSameRequest(db, name, given, parsed.data))) {
        const message = 'This Idempotency-Key was used for another request: send a new one with each lead';
        return await refuse(reply, 422, 'idempotency-key-reused', message);
      }
      const { listing, ...rest } = parsed.data;
      // A home that is not known (yet) must not cost us the lead: the message keeps what was asked about.
      const listingKey = listing === undefined ? undefined : await listingKeyOf(listing);
      const message =
        listing !== undefined && listingKey === undefined ? `[${listing}] ${rest.message ?? ''}`.trim() : rest.message;
      const intake = {
        ...rest,
        ...(message === undefined ? {} : { message }),
        ...(listingKey === undefined ? {} : { listingKey }),
      };
      const requestKey = typeof given === 'string' ? given : randomUUID();
      const recordKey = `api/${name}/${requestKey}`;
      const captured = await captureLead(
        store,
        { intake, ...(await findPerson(db, identityOf(intake))), recordKey },
        {
          actor: { kind: 'system', id: `api:${name}` },
          source: `api:${name}`,
          occurredAt: clock.now().toISOString(),
          correlationId: recordKey,
          causationId: recordKey,
        },
      );
      const { contactKey, outcome } = captured;
      return await reply.code(outcome === 'captured' ? 201 : 200).send({ contactKey, outcome });
    });
  });

  const listingKeyOf = async (listing: string): Promise<string | undefined> => {
    try {
      return await findRecord({ db, store }, 'listing', listing);
    } catch (error) {
      if (isUserError(error)) return undefined;
      throw error;
    }
  };
};
