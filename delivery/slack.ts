import { LogLevel, WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api';
import type { Claimed } from './claims.ts';
import type { SlackMessage } from './outbox.ts';
import { type Outcome, unanswered } from './outcome.ts';

export type SlackSettings = {
  readonly botToken: string;
  /** Where messages go that are to nobody's own. */
  readonly channel: string;
  /** `https://slack.com/api/`, or where something speaks like it. */
  readonly apiUrl: string;
};

export type SlackSender = {
  send(message: Claimed<SlackMessage>): Promise<Outcome>;
  /** Slack's id of a message that it took (`channel/ts`), or `null`. @throws when it does not answer or may not tell */
  find(message: Claimed<SlackMessage>): Promise<string | null>;
};

/** The name in a message's metadata by which we find it again: Slack has no idempotency key for bots. */
const metadataName = 'outbox_id';

const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

export const slackSender = ({ botToken, channel, apiUrl }: SlackSettings): SlackSender => {
  const client = new WebClient(botToken, {
    slackApiUrl: apiUrl,
    // The outbox retries, with its own patience: the client would hold up everything for half an hour.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    logger: silent,
  });
  /** A message to a user lies in the conversation with that user. */
  const conversationOf = async (target: string): Promise<string> => {
    if (!/^[UW]/.test(target)) return target;
    const opened = await client.conversations.open({ users: target });
    return opened.channel?.id ?? target;
  };
  return {
    async send({ outboxId, kind, message }) {
      try {
        const { metadata } = message;
        const sent = await client.chat.postMessage({
          channel: message.channel ?? channel,
          text: message.text,
          blocks: [...message.blocks] as never,
          unfurl_links: false,
          unfurl_media: false,
          metadata: {
            event_type: metadata?.event_type ?? kind,
            event_payload: { ...metadata?.event_payload, [metadataName]: outboxId },
          },
        });
        return { kind: 'sent', providerMessageId: `${sent.channel}/${sent.ts}` };
      } catch (error) {
        return failed(error);
      }
    },
    async find({ outboxId, message, createdAt }) {
      const conversation = await conversationOf(message.channel ?? channel);
      let cursor: string | undefined;
      do {
        const page = await client.conversations.history({
          channel: conversation,
          oldest: String(createdAt.getTime() / 1000),
          include_all_metadata: true,
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        });
        const found = page.messages?.find((one) => payloadOf(one.metadata)[metadataName] === outboxId);
        if (found !== undefined) return `${conversation}/${found.ts}`;
        cursor = page.response_metadata?.next_cursor || undefined;
      } while (cursor !== undefined);
      return null;
    },
  };
};

const payloadOf = (metadata: unknown): Record<string, unknown> =>
  typeof metadata === 'object' && metadata !== null && 'event_payload' in metadata
    ? ((metadata.event_payload as Record<string, unknown> | undefined) ?? {})
    : {};

/** The token or the app is not set up right: no message gets through until somebody mends that. */
const notSetUp = [
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'org_login_required',
  'ekm_access_denied',
];
/** Slack's own trouble: it may have taken the message. */
const internal = ['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable'];

const failed = (error: unknown): Outcome => {
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'stop', reason: 'Slack wants us to wait', afterMs: error.retryAfter * 1000 };
  }
  if (!(error instanceof WebAPIPlatformError)) return unanswered(error);
  const code = error.data.error;
  if (code === 'ratelimited' || code === 'rate_limited') {
    return { kind: 'stop', reason: 'Slack wants us to wait', afterMs: 60_000 };
  }
  if (notSetUp.includes(code)) {
    return { kind: 'stop', reason: `Slack refuses us (${code}): check SLACK_BOT_TOKEN`, afterMs: 300_000 };
  }
  if (internal.includes(code)) return { kind: 'retry', reason: `Slack: ${code}`, maybeSent: true };
  // channel_not_found, is_archived, invalid_blocks, …: the same message would be refused again.
  return { kind: 'rejected', reason: `Slack: ${code}` };
};

/** Why a lookup could not tell, if asking again will not help; `null` if it may. */
export const cannotTell = (error: unknown): string | null =>
  error instanceof WebAPIPlatformError && !internal.includes(error.data.error)
    ? `it may have been sent, and Slack does not let us look (${error.data.error}): ` +
      'give the app the scopes im:write, im:history and channels:history, or see for yourself'
    : null;
