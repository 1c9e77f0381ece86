import formbody from '@fastify/formbody';
import fastify, { type FastifyReply } from 'fastify';
import { randomOf } from '../support/random.ts';

type Accepted = { readonly outboxId: string; readonly at: number; readonly id: string };

/**
 * Unreliable versions of Postmark's and Slack's HTTP APIs, on their own clock that the test advances: searches show messages
 * only `lagMs` later, Slack's clock is behind ours, and any call may be accepted without a response, or with one that
 * cannot be understood.
 *
 * @param refusing Slack also refuses calls, in every way in which it does
 */
export const lyingProviders = async (
  t: { after(work: () => Promise<void>): void },
  { seed, lagMs, refusing = false }: { seed: number; lagMs: number; refusing?: boolean },
) => {
  const random = randomOf(seed);
  const emails: (Accepted & { stream: string; to: string })[] = [];
  const slack: (Accepted & { channel: string; metadata: unknown })[] = [];
  let shifted = 0;
  let honest = false;
  const now = () => Date.now() + shifted;
  const slackClock = () => now() - 30_000;

  const server = fastify({ bodyLimit: 60 * 1024 * 1024, forceCloseConnections: true });
  await server.register(formbody);
  const drop = (reply: FastifyReply) => {
    reply.hijack();
    reply.raw.destroy();
  };
  const page = '<html><body>One moment, please</body></html>';
  /** Responds properly, or in a way that does not reveal whether the call was accepted. */
  const answer = async (reply: FastifyReply, body: unknown, accepted: boolean) => {
    const lie = honest ? 1 : random();
    const json = JSON.stringify(body);
    if (lie < 0.1) return drop(reply);
    if (lie < 0.2) return await reply.type('text/html').send(page);
    if (lie < 0.28) return await reply.code(500).send({ ErrorCode: 0, Message: 'broken' });
    if (lie < 0.34) return await reply.type('application/json').send(json.slice(0, json.length >> 1));
    if (lie < 0.4) return await reply.send('');
    if (lie < 0.46) return await reply.code(503).type('text/html').send(page);
    if (lie < 0.52 && Array.isArray(body)) return await reply.send([...body, ...body]);
    if (lie < 0.58 && accepted) return await reply.type('application/json').send('{}');
    if (lie < 0.62) return await reply.type('application/json').send('null');
    if (lie < 0.66) return await reply.code(202).type('application/json').send(json);
    if (lie < 0.69) return await reply.redirect('/elsewhere', 307);
    if (lie < 0.72) return await reply.header('content-encoding', 'gzip').type('application/json').send(json);
    if (lie < 0.75)
      return await reply
        .code([401, 403, 422, 429][Math.floor(random() * 4)]!)
        .type('text/html')
        .send(page);
    if (lie < 0.78 && !accepted && typeof body === 'object')
      return await reply.send({ ...body, Messages: [], messages: undefined, TotalCount: 7 });
    return await reply.type('application/json').send(json);
  };

  server.post('/email/batch', async (request, reply) => {
    if (!honest && random() < 0.15) return drop(reply); // without accepting it
    const messages = request.body as { To: string; MessageStream: string; Metadata: { outboxId: string } }[];
    const answers = messages.map(({ To, MessageStream, Metadata }) => {
      const id = `pm-${emails.length}`;
      emails.push({ outboxId: Metadata.outboxId, at: now(), id, stream: MessageStream, to: To });
      return { ErrorCode: 0, Message: 'OK', MessageID: id, To, SubmittedAt: new Date(now()).toISOString() };
    });
    return await answer(reply, answers, true);
  });
  server.get('/messages/outbound', async (request, reply) => {
    const query = request.query as { metadata_outboxId: string; messagestream?: string };
    const found = emails.filter(
      ({ outboxId, at, stream }) =>
        outboxId === query.metadata_outboxId && at + lagMs <= now() && stream === (query.messagestream ?? 'outbound'),
    );
    const Messages = found.map(({ id, outboxId }) => ({ MessageID: id, Metadata: { outboxId } }));
    return await answer(reply, { TotalCount: Messages.length, Messages }, false);
  });
  /** How Slack refuses a call; `null` when it does not. */
  const refusal = (reply: FastifyReply) => {
    const chance = refusing && !honest ? random() : 1;
    if (chance < 0.06) return reply.code(429).header('retry-after', '5').send('');
    if (chance < 0.09) return reply.send({ ok: false, error: 'channel_not_found' });
    if (chance < 0.12) return reply.send({ ok: false, error: 'account_inactive' });
    if (chance < 0.14) return reply.send({ ok: false, error: 'invalid_blocks' });
    return null;
  };
  server.post('/api/auth.test', async (_request, reply) => await reply.send({ ok: true }));
  server.post('/api/chat.update', async (request, reply) => {
    const refused = refusal(reply);
    if (refused !== null) return await refused;
    return await answer(reply, { ok: true, ...(request.body as { channel: string; ts: string }) }, true);
  });
  server.post('/api/chat.postMessage', async (request, reply) => {
    if (!honest && random() < 0.15) return drop(reply);
    const refused = refusal(reply);
    if (refused !== null) return await refused;
    const body = request.body as { channel: string; metadata: string };
    const metadata = JSON.parse(body.metadata) as { event_payload: { outbox_id: string } };
    const id = `${(slackClock() / 1000).toFixed(6)}`;
    const channel = body.channel.replace(/^U/, 'D');
    slack.push({ outboxId: metadata.event_payload.outbox_id, at: slackClock(), id, channel, metadata });
    return await answer(reply, { ok: true, channel, ts: id }, true);
  });
  server.post('/api/conversations.open', async (request, reply) => {
    const { users } = request.body as { users: string };
    return await answer(reply, { ok: true, channel: { id: users.replace(/^U/, 'D') } }, false);
  });
  server.post('/api/conversations.history', async (request, reply) => {
    const { channel, oldest } = request.body as { channel: string; oldest: string };
    const messages = slack
      .filter((message) => message.channel === channel && message.at > Number(oldest) * 1000)
      .map(({ id, metadata }) => ({ ts: id, metadata }));
    return await answer(reply, { ok: true, messages, has_more: false }, false);
  });

  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => await server.close());
  return {
    config: {
      postmark: {
        serverToken: 'token',
        from: 'alerts@example.com',
        messageStream: 'broadcast',
        trackOpens: [],
        trackLinks: [],
        apiUrl: url,
      },
      slack: { botToken: 'xoxb', signingSecret: 's', channel: 'C1', apiUrl: `${url}/api/` },
    },
    emails,
    slack,
    random,
    advance: (ms: number) => {
      shifted += ms;
    },
    becomeHonest: () => {
      honest = true;
    },
  };
};
