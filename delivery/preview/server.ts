import { randomBytes } from 'node:crypto';
import formbody from '@fastify/formbody';
import fastify from 'fastify';
import type { Kysely } from 'kysely';
import type { PostmarkSettings } from '../providers/postmark.ts';
import type { SlackSettings } from '../providers/slack.ts';
import { postmarkRoutes } from './postmark-routes.ts';
import { slackRoutes } from './slack-routes.ts';

export type Preview = {
  readonly postmark: PostmarkSettings;
  readonly slack: SlackSettings;
  /** Where the answer to a press in the preview goes: its `response_url`. */
  answerUrl(press: string): string;
  close(): Promise<void>;
};

/**
 * Local endpoints with the parts of Postmark's and Slack's APIs that we use. They keep all requests in
 * `ops.preview_message`, exactly as sent, and nothing leaves the machine. They require a token, which is new for each
 * start.
 */
export const startPreview = async (db: Kysely<unknown>): Promise<Preview> => {
  const token = randomBytes(24).toString('hex');
  const server = fastify({ logger: false, bodyLimit: 50 * 1024 * 1024, forceCloseConnections: true });
  await server.register(formbody, { bodyLimit: 1024 * 1024 });
  await server.register(postmarkRoutes, { prefix: '/postmark', db, token });
  await server.register(slackRoutes, { prefix: '/slack', db, token });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    postmark: {
      serverToken: token,
      from: 'openhouse <alerts@openhouse.example>',
      messageStream: 'outbound',
      apiUrl: `${url}/postmark`,
    },
    slack: { botToken: token, channel: 'new-leads', apiUrl: `${url}/slack/` },
    answerUrl: (press) => `${url}/slack/answers/${token}/${encodeURIComponent(press)}`,
    close: async () => await server.close(),
  };
};
