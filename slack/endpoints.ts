import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { SlackDeps } from './deps.ts';
import {
  commandSchema,
  type Interaction,
  interactionSchema,
  parseJson,
  requestKey,
  type SlashCommand,
} from './payload.ts';
import { keepRequest } from './requests.ts';
import { isFromSlack } from './signature.ts';
import { signingSecret } from './signing-secret.ts';

type EndpointDeps = Pick<SlackDeps, 'db' | 'config' | 'clock' | 'log'>;

/** Slack's own requests are far smaller. */
const bodyLimit = 256 * 1024;

/**
 * `POST /slack/interactions` and `POST /slack/commands`: where Slack sends presses, forms and commands. The signature is the
 * authentication. A request is kept before it is acknowledged, so that a crash loses no press, and handled after that.
 *
 * @param onKept called with the id of each request that is new
 */
export const slackEndpoints = async (
  app: FastifyInstance,
  deps: EndpointDeps,
  onKept: (slackRequestId: string) => void,
): Promise<void> => {
  await app.register(async (slack) => {
    // Slack signs the body byte by byte.
    slack.removeAllContentTypeParsers();
    slack.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));

    slack.post('/slack/interactions', (request, reply) =>
      accept(request, reply, 'interaction', (form) => {
        const json = parseJson(form.get('payload') ?? '');
        return parsed(interactionSchema, json);
      }),
    );
    slack.post('/slack/commands', (request, reply) =>
      accept(request, reply, 'command', (form) => parsed(commandSchema, Object.fromEntries(form))),
    );
  });

  const accept = async (
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'interaction' | 'command',
    read: (form: URLSearchParams) => Interaction | SlashCommand | null,
  ) => {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const now = deps.clock.now();
    const claim = {
      timestamp: request.headers['x-slack-request-timestamp'],
      signature: request.headers['x-slack-signature'],
      rawBody,
    };
    if (!isFromSlack(await signingSecret(deps.db, deps.config), claim, now)) {
      deps.log.warn(
        { route: request.routeOptions.url },
        'refused a request that Slack did not sign, or that is too old',
      );
      return await reply.code(401).type('text/plain').send('The signature is not valid.\n');
    }
    const payload = read(new URLSearchParams(rawBody.toString('utf8')));
    if (payload === null) {
      return await reply.code(400).type('text/plain').send('The request cannot be understood.\n');
    }
    const kept = await keepRequest(deps.db, {
      kind,
      payload,
      receivedAt: now,
      requestKey: requestKey(kind, payload, rawBody),
    });
    if (kept !== null) reply.raw.once('finish', () => onKept(kept));
    // An empty answer closes a form, and shows nothing for a command: the answer follows at the response_url.
    return await reply.code(200).type('text/plain').send('');
  };
};

const parsed = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> | null =>
  schema.safeParse(value).data ?? null;
