import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { loadListing } from '../../commands/load-listing.ts';
import { keepOptOut } from '../../delivery/opt-out-requests.ts';
import { signingKey, verified } from '../../delivery/signed-link.ts';
import { isOnMarket, isUnpublished } from '../../domain/listing/index.ts';
import { type PublicHome, readHome } from '../../queries/home.ts';
import { ifThere } from '../../queries/if-there.ts';
import { recordOptOut } from '../../schedulers/delivering/record-opt-outs.ts';
import type { Page } from '../deps.ts';

/** Mail clients do not wait long for an answer. */
const oneClickPatienceMs = 1_500;

const tokenSchema = z.object({ token: z.string().min(1).max(1_000).catch('') });

/**
 * The pages that links in e-mails lead to: `/homes/:id`, and `/unsubscribe`, which asks for confirmation (mail scanners follow
 * links) but honours a mail client's one-click request (RFC 8058).
 */
export const publicPages = (app: FastifyInstance, { deps, render }: Page): void => {
  /** The lead that a link was made for; `null` when it was not made here. */
  const leadOf = async (token: string): Promise<string | null> => {
    const key = await ifThere(signingKey(deps.db, 'unsubscribe'), null);
    return key === null ? null : verified(key, token);
  };
  const unsubscribe = (title: string, data: Record<string, unknown>) =>
    render('public/unsubscribe', { title, path: '' }, { done: false, token: null, ...data });

  app.get('/unsubscribe', async (request, reply) => {
    const { token } = tokenSchema.parse(request.query);
    const known = (await leadOf(token)) !== null;
    return await reply
      .code(known ? 200 : 404)
      .type('text/html')
      .send(unsubscribe('Stop these e-mails?', { token: known ? token : null }));
  });

  // Mail clients send `List-Unsubscribe=One-Click` as they like, most as multipart/form-data (RFC 8058, 3.2). The token is in the
  // URL: whatever comes with it must not cost anyone their opt-out.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
    payload.resume();
    done(null);
  });
  const anyBody = async ({ headers }: FastifyRequest) => {
    headers['content-type'] = 'application/octet-stream';
  };
  app.post('/unsubscribe', { onRequest: anyBody }, async (request, reply) => {
    const { token } = tokenSchema.parse(request.query);
    const contactKey = await leadOf(token);
    if (contactKey === null)
      return await reply.code(404).type('text/html').send(unsubscribe('Stop these e-mails?', {}));
    // Once it is stored, it counts, whatever happens to the event.
    const asked = { contactKey, requestedAt: deps.clock.now(), cause: 'unsubscribe-link' } as const;
    await keepOptOut(deps.db, asked);
    const recorded = recordOptOut(deps, asked).catch((error: unknown) => {
      request.log.warn({ err: error }, 'an opt-out is stored, but could not be recorded as an event yet');
    });
    await Promise.race([recorded, sleep(oneClickPatienceMs, undefined, { ref: false })]);
    return await reply.type('text/html').send(unsubscribe('Done', { done: true }));
  });

  app.get<{ Params: { id: string } }>('/homes/:id', async (request, reply) => {
    const { id } = request.params;
    const home = await readHome(deps.db, id);
    if (home !== null) return await show(reply, home, 200);
    // E-mails link to homes for years: the listing may have been merged into another, or deleted.
    const { listingKey, state } = await loadListing(deps.store, id);
    if (listingKey !== id && state.listingKey !== null)
      return await reply.redirect(`/homes/${encodeURIComponent(listingKey)}`, 302);
    return await show(reply, null, isUnpublished(state.fields) ? 410 : 404);
  });
  const show = (reply: FastifyReply, home: PublicHome | null, status: number) =>
    reply
      .code(status)
      .type('text/html')
      .send(
        render(
          'public/home',
          { title: home?.address ?? 'Not shown', path: '' },
          { home, gone: status === 410, onMarket: isOnMarket(home ?? {}) },
        ),
      );
};
