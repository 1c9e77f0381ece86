import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { optOut } from '../../commands/leads/consent.ts';
import { loadListing } from '../../commands/load-listing.ts';
import { signingKey, verified } from '../../delivery/signed-link.ts';
import { type PublicHome, readHome } from '../../queries/home.ts';
import { ifThere } from '../../queries/if-there.ts';
import type { Page } from '../deps.ts';

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
    const conversation = `unsubscribe-${randomUUID()}`;
    const result = await optOut(deps.store, contactKey, {
      actor: { kind: 'system', id: 'unsubscribe-link' },
      source: 'unsubscribe-link',
      occurredAt: deps.clock.now().toISOString(),
      correlationId: conversation,
      causationId: conversation,
      reason: 'The link in an e-mail',
    });
    return await reply
      .code(result.ok ? 200 : 404)
      .type('text/html')
      .send(unsubscribe(result.ok ? 'Done' : 'Stop these e-mails?', { done: result.ok }));
  });

  app.get<{ Params: { id: string } }>('/homes/:id', async (request, reply) => {
    const { id } = request.params;
    const home = await readHome(deps.db, id);
    if (home !== null) return await show(reply, home, 200);
    // E-mails link to homes for years: the listing may have been merged into another, or deleted.
    const { listingKey, state } = await loadListing(deps.store, id);
    if (listingKey !== id && state.listingKey !== null)
      return await reply.redirect(`/homes/${encodeURIComponent(listingKey)}`, 302);
    const gone = ['Delete', 'Incomplete'].includes(state.fields.standardStatus ?? '');
    return await show(reply, null, gone ? 410 : 404);
  });
  const show = (reply: FastifyReply, home: PublicHome | null, status: number) =>
    reply
      .code(status)
      .type('text/html')
      .send(
        render(
          'public/home',
          { title: home?.address ?? 'Not shown', path: '' },
          { home, gone: status === 410, onMarket: onMarket.includes(home?.standardStatus ?? '') },
        ),
      );
};

/** RESO StandardStatus of homes that can still be bought. */
const onMarket: readonly string[] = ['Active', 'Active Under Contract', 'Coming Soon', 'Pending', 'Hold'];
