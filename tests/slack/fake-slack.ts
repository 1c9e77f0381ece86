import formbody from '@fastify/formbody';
import fastify from 'fastify';

type Block = {
  type: string;
  text?: { text: string };
  fields?: { text: string }[];
  elements?: { action_id?: string }[];
};
type View = { callback_id: string; private_metadata: string; blocks: unknown[]; title: { text: string } };

/** A server that speaks as much of Slack's Web API as we use. `fail` has the next call of a method refused. */
export const fakeSlack = async (t: { after(work: () => Promise<void>): void }) => {
  const messages = new Map<string, { channel: string; text: string; blocks: Block[]; updates: number }>();
  const views: { triggerId: string; view: View }[] = [];
  const answers: { text: string; response_type: string; blocks?: Block[] }[] = [];
  const emails = new Map<string, string>();
  const refusals = new Map<string, string[]>();
  const calls: string[] = [];
  let count = 0;
  const server = fastify({ forceCloseConnections: true });
  await server.register(formbody);
  server.addHook('onRequest', async (request) => void calls.push(request.url));
  const method = (name: string, work: (form: Record<string, string>) => object) =>
    server.post(`/api/${name}`, async (request) => {
      const error = refusals.get(name)?.shift();
      return error === undefined ? { ok: true, ...work(request.body as Record<string, string>) } : { ok: false, error };
    });
  method('chat.postMessage', ({ channel, text, blocks }) => {
    count += 1;
    const ts = `1700000000.${String(count).padStart(6, '0')}`;
    const conversation = channel!.replace(/^U/, 'D');
    messages.set(`${conversation}/${ts}`, { channel: channel!, text: text!, blocks: JSON.parse(blocks!), updates: 0 });
    return { channel: conversation, ts };
  });
  server.post('/api/chat.update', async (request) => {
    const { channel, ts, text, blocks } = request.body as Record<string, string>;
    const error = refusals.get('chat.update')?.shift();
    const message = messages.get(`${channel}/${ts}`);
    if (error !== undefined || message === undefined) return { ok: false, error: error ?? 'message_not_found' };
    Object.assign(message, { text, blocks: JSON.parse(blocks!), updates: message.updates + 1 });
    return { ok: true, channel, ts, text };
  });
  method('views.open', ({ trigger_id, view }) => {
    views.push({ triggerId: trigger_id!, view: JSON.parse(view!) });
    return { view: { id: 'V1' } };
  });
  server.post('/api/users.info', async (request) => {
    const { user } = request.body as { user: string };
    const email = emails.get(user);
    return email === undefined
      ? { ok: false, error: 'user_not_found' }
      : { ok: true, user: { id: user, profile: { email } } };
  });
  server.post('/api/answers', async (request) => {
    answers.push(request.body as (typeof answers)[number]);
    return 'ok';
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => await server.close());
  const textOf = (blocks: readonly Block[]) =>
    blocks.map((block) => [block.text?.text, ...(block.fields ?? []).map((field) => field.text)].join('\n')).join('\n');
  return {
    apiUrl: `${url}/api/`,
    responseUrl: `${url}/api/answers`,
    messages,
    views,
    answers,
    emails,
    calls,
    /** Forgets what came so far. */
    forget() {
      messages.clear();
      views.length = 0;
      answers.length = 0;
    },
    fail: (name: string, error: string) => refusals.set(name, [...(refusals.get(name) ?? []), error]),
    /** What the messages to someone say now, and whether they have buttons. */
    to: (channel: string) =>
      [...messages.values()]
        .filter((message) => message.channel === channel)
        .map(({ text, blocks, updates }) => ({
          text: `${text}\n${textOf(blocks)}`,
          buttons: blocks.some(({ type }) => type === 'actions'),
          updates,
        })),
  };
};
