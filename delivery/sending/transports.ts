import type { Kysely } from 'kysely';
import type { Config } from '../../platform/config/config.ts';
import { startPreview } from '../preview/server.ts';
import { type EmailSender, postmarkSender } from '../providers/postmark.ts';
import { type SlackSender, slackSender } from '../providers/slack.ts';
import { type SlackApi, slackApi } from '../providers/slack-api.ts';

/** Where messages go: to Postmark and Slack, or to our own preview, which keeps them for viewing. */
export type Transports = {
  readonly email: { readonly via: 'provider' | 'preview'; readonly sender: EmailSender };
  /** Postmark's name for what our e-mails go through: it suppresses addresses for each by itself. */
  readonly messageStream: string;
  readonly slack: { readonly via: 'provider' | 'preview'; readonly sender: SlackSender };
};

export type OpenTransports = Transports & {
  /** What is asked of Slack while a person waits. */
  readonly slackApi: SlackApi;
  /** Where the answer to a press in the preview goes; `null` when Slack is configured. */
  readonly previewAnswerUrl: ((press: string) => string) | null;
  close(): Promise<void>;
};

/**
 * The real clients, whatever is configured: without keys they talk to local endpoints with the APIs of Postmark and
 * Slack, and nothing leaves the machine.
 */
export const openTransports = async (
  db: Kysely<unknown>,
  config: Pick<Config, 'postmark' | 'slack'>,
): Promise<OpenTransports> => {
  const { postmark, slack } = config;
  const preview = postmark === undefined || slack === undefined ? await startPreview(db) : null;
  const slackSettings =
    slack === undefined ? preview!.slack : { ...slack, apiUrl: slack.apiUrl ?? 'https://slack.com/api/' };
  const postmarkSettings =
    postmark === undefined
      ? preview!.postmark
      : { ...postmark, apiUrl: postmark.apiUrl ?? 'https://api.postmarkapp.com' };
  return {
    email: { via: postmark === undefined ? 'preview' : 'provider', sender: postmarkSender(postmarkSettings) },
    messageStream: postmarkSettings.messageStream,
    slack: {
      via: slack === undefined ? 'preview' : 'provider',
      sender: slackSender(slackSettings),
    },
    slackApi: slackApi(slackSettings),
    previewAnswerUrl: slack === undefined ? preview!.answerUrl : null,
    close: async () => await preview?.close(),
  };
};
