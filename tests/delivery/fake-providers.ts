import formbody from '@fastify/formbody';
import fastify, { type FastifyReply } from 'fastify';

type Answer = { status?: number; body?: unknown; headers?: Record<string, string>; hangUp?: boolean };

/**
 * Servers that implement Postmark's and Slack's HTTP APIs, record what they accept, and misbehave on request: the next
 * response is taken from `nextEmail` or `nextSlack`, if there is one. `hangUp` accepts the messages but does not respond.
 */
export const fakeProviders = async (t: { after(work: () => Promise<void>): void }) => {
  const emails: { To: string; Subject: string; Metadata: { outboxId: string }; MessageID: string }[] = [];
  const slack: { channel: string; text: string; outboxId: string; ts: string; body: Record<string, string> }[] = [];
  const lookups: string[] = [];
  const nextEmail: (Answer | ((to: string) => { ErrorCode: number; Message: string } | null))[] = [];
  const nextSlack: Answer[] = [];
  const nextHistory: (Answer | ((asked: Record<string, string>) => Answer))[] = [];
  const server = fastify({ bodyLimit: 60 * 1024 * 1024, forceCloseConnections: true });
  await server.register(formbody);

  const give = async (reply: FastifyReply, { status = 200, body = {}, headers = {}, hangUp }: Answer) => {
    if (hangUp) {
      reply.hijack();
      reply.raw.destroy();
      return;
    }
    await reply.code(status).headers(headers).send(body);
  };

  server.post('/email/batch', async (request, reply) => {
    const messages = request.body as (typeof emails)[number][];
    const planned = nextEmail.shift();
    if (planned !== undefined && typeof planned !== 'function' && planned.hangUp !== true) return give(reply, planned);
    const answers = messages.map((message) => {
      const refusal = typeof planned === 'function' ? planned(message.To) : null;
      if (refusal !== null) return refusal;
      const MessageID = `pm-${emails.length}`;
      emails.push({ ...message, MessageID });
      return { ErrorCode: 0, Message: 'OK', MessageID, To: message.To, SubmittedAt: new Date().toISOString() };
    });
    return typeof planned === 'object' ? give(reply, planned) : answers;
  });
  server.get('/messages/outbound', async (request) => {
    const { metadata_outboxId: outboxId } = request.query as { metadata_outboxId: string };
    lookups.push(outboxId);
    const Messages = emails.filter(({ Metadata }) => Metadata.outboxId === outboxId);
    return { TotalCount: Messages.length, Messages };
  });
  server.post('/api/chat.postMessage', async (request, reply) => {
    const body = request.body as Record<string, string>;
    const planned = nextSlack.shift();
    if (planned !== undefined && planned.hangUp !== true) return give(reply, planned);
    const metadata = JSON.parse(body.metadata ?? '{}') as { event_payload: { outbox_id: string } };
    const ts = `${(Date.now() / 1000).toFixed(6)}`;
    // A message to a user goes to a conversation with its own id.
    const channel = body.channel?.replace(/^U/, 'D') ?? '';
    slack.push({ channel, text: body.text ?? '', outboxId: metadata.event_payload.outbox_id, ts, body });
    return planned === undefined ? { ok: true, channel, ts } : give(reply, planned);
  });
  server.post('/api/conversations.open', async (request) => ({
    ok: true,
    channel: { id: (request.body as { users: string }).users.replace(/^U/, 'D') },
  }));
  server.post('/api/conversations.history', async (request, reply) => {
    const planned = nextHistory.shift();
    if (planned !== undefined)
      return give(reply, typeof planned === 'function' ? planned(request.body as Record<string, string>) : planned);
    const { channel } = request.body as { channel: string };
    const messages = slack
      .filter((message) => message.channel === channel)
      .map((message) => ({ ts: message.ts, text: message.text, metadata: JSON.parse(message.body.metadata ?? '{}') }));
    return { ok: true, messages, has_more: false };
  });

  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => await server.close());
  const config = {
    postmark: {
      serverToken: 'token',
      from: 'alerts@example.com',
      messageStream: 'alerts',
      trackOpens: [],
      trackLinks: [],
      apiUrl: url,
    },
    slack: { botToken: 'xoxb', signingSecret: 's', channel: 'C1', apiUrl: `${url}/api/` },
  };
  return { url, config, emails, slack, lookups, nextEmail, nextSlack, nextHistory };
};
