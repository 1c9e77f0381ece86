import { randomInt } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { keep, keptSince, replaceKept } from './kept-messages.ts';
import { keepAnswer, previewUserEmail } from './slack-answers.ts';

type Options = { readonly db: Kysely<unknown>; readonly token: string };

const metadataSchema = z.looseObject({ event_payload: z.looseObject({ outbox_id: z.string() }) });

/**
 * What we use of Slack's Web API, in Slack's format: messages are kept, and so are forms and answers, for the console to show them.
 * Structures come as JSON text.
 */
export const slackRoutes = async (server: FastifyInstance, { db, token }: Options): Promise<void> => {
  server.addHook('onRequest', async (request, reply) => {
    // As with Slack, anyone who knows the response address may use it; ours contains the token.
    if (request.url.startsWith(`/slack/answers/${token}/`)) return;
    if (request.headers.authorization !== `Bearer ${token}`) await reply.send({ ok: false, error: 'invalid_auth' });
  });

  server.post('/chat.postMessage', async (request) => {
    const form = z.record(z.string(), z.string()).parse(request.body);
    const body = Object.fromEntries(Object.entries(form).map(([name, value]) => [name, structure(name, value)]));
    const metadata = metadataSchema.safeParse(body.metadata);
    if (!metadata.success || !form.channel) return { ok: false, error: 'invalid_arguments' };
    const ts = `${Math.floor(Date.now() / 1000)}.${String(randomInt(1_000_000)).padStart(6, '0')}`;
    const messageId = `${form.channel}/${ts}`;
    await keep(db, 'slack', [{ messageId, outboxId: metadata.data.event_payload.outbox_id, body }]);
    return { ok: true, channel: form.channel, ts, message: { ...body, ts } };
  });

  server.post('/chat.update', async (request) => {
    const form = z.looseObject({ channel: z.string(), ts: z.string() }).parse(request.body);
    const body = Object.fromEntries(
      Object.entries(form).map(([name, value]) => [name, structure(name, String(value))]),
    );
    const updated = await replaceKept(db, `${form.channel}/${form.ts}`, body);
    return updated ? { ok: true, channel: form.channel, ts: form.ts } : { ok: false, error: 'message_not_found' };
  });

  server.post('/views.open', async (request) => {
    const { trigger_id, view } = z.looseObject({ trigger_id: z.string(), view: z.string() }).parse(request.body);
    await keepAnswer(db, trigger_id, 'view', JSON.parse(view) as object);
    return { ok: true, view: { id: 'V0' } };
  });

  server.post('/users.info', async (request) => {
    const { user } = z.looseObject({ user: z.string() }).parse(request.body);
    const email = await previewUserEmail(db, user);
    if (email === null) return { ok: false, error: 'user_not_found' };
    return { ok: true, user: { id: user, deleted: false, is_bot: false, profile: { email } } };
  });

  server.post<{ Params: { press: string } }>(`/answers/${token}/:press`, async (request) => {
    await keepAnswer(db, request.params.press, 'answer', request.body as object);
    return 'ok';
  });

  server.post('/conversations.open', async (request) => {
    const { users } = z.looseObject({ users: z.string() }).parse(request.body);
    return { ok: true, channel: { id: users } };
  });

  server.post('/conversations.history', async (request) => {
    const { channel, oldest } = z.looseObject({ channel: z.string(), oldest: z.coerce.number() }).parse(request.body);
    const kept = await keptSince(db, 'slack', new Date(oldest * 1000), 1000);
    const messages = kept
      .filter(({ messageId }) => messageId.startsWith(`${channel}/`))
      .map(({ messageId, body }) => ({ ...body, ts: messageId.slice(channel.length + 1) }));
    return { ok: true, messages, has_more: false };
  });
};

const structure = (name: string, value: string): unknown =>
  name === 'blocks' || name === 'metadata' ? JSON.parse(value) : value;
