import { LogLevel, WebClient } from '@slack/web-api';
import { wholeAnswer } from './whole-answer.ts';

/** How Slack is reached. */
export type SlackSettings = {
  readonly botToken: string;
  /** The channel for messages that are not for one person. */
  readonly channel: string;
  /** `https://slack.com/api/`, or another server with the same API. */
  readonly apiUrl: string;
};

const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/** The official client, without its own retries: the outbox retries, with its own patience; the client would hold up everything for half an hour. */
export const slackClient = (
  { botToken, apiUrl }: Pick<SlackSettings, 'botToken' | 'apiUrl'>,
  timeoutMs: number,
): WebClient =>
  new WebClient(botToken, {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    fetch: wholeAnswer,
    logger: silent,
  });
