import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { z } from 'zod';
import type { Claimed } from '../claims.ts';
import { type Outcome, unanswered } from '../outcome.ts';
import type { SlackMessage } from '../slack/build-message.ts';
import { type SlackSettings, slackClient } from './slack-client.ts';

export type { SlackSettings } from './slack-client.ts';

export type SlackSender = {
  send(message: Claimed<SlackMessage>): Promise<Outcome>;
  /**
   * Slack's ID of a message that it accepted (`channel/ts`), or `null`. @throws if it gives no answer, or does not
   * permit the look-up
   */
  find(message: Claimed<SlackMessage>): Promise<string | null>;
};

/** The metadata name by which we find a message again, since Slack has no idempotency key for bots. */
const metadataName = 'outbox_id';

/** How far our clock may be ahead of Slack's, which the history of a conversation uses. */
const clockMarginMs = 3_600_000;

/** A conversation that says without end that there is more must not hold up everything else. */
const longestLookMs = 60_000;

export const slackSender = ({ botToken, channel, apiUrl }: SlackSettings): SlackSender => {
  const client = slackClient({ botToken, apiUrl }, 10_000);
  /** A message to a user is in the conversation with that user. */
  const conversationOf = async (target: string): Promise<string> => {
    if (!/^[UW]/.test(target)) return target;
    const opened: unknown = await client.conversations.open({ users: target });
    return understood(openedSchema, opened).channel.id;
  };
  /** Whether the token works; `account_inactive` can refer to the token or to a recipient. */
  const tokenWorks = async (): Promise<boolean> =>
    client.auth.test().then(
      ({ ok }) => ok,
      () => false,
    );
  /** Doing it again changes nothing, so an update that was not answered need not be looked up. */
  const update = async (
    { text, blocks }: SlackMessage,
    { channel: conversation, ts }: NonNullable<SlackMessage['replaces']>,
  ): Promise<Outcome> => {
    try {
      const updated: unknown = await client.chat.update({
        channel: conversation,
        ts,
        text,
        blocks: [...blocks] as never,
        parse: 'none',
        link_names: false,
      });
      understood(okSchema, updated);
      return { kind: 'sent', providerMessageId: `${conversation}/${ts}` };
    } catch (error) {
      const outcome = failed(error);
      if (outcome.kind === 'rejected') return { kind: 'rejected', reason: outcome.reason };
      return outcome.kind === 'retry' ? { ...outcome, maybeSent: false } : outcome;
    }
  };
  return {
    async send({ outboxId, kind, message }) {
      if (message.replaces !== undefined) return await update(message, message.replaces);
      try {
        const { metadata } = message;
        const sent: unknown = await client.chat.postMessage({
          channel: message.channel ?? channel,
          text: message.text,
          blocks: [...message.blocks] as never,
          parse: 'none',
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
          metadata: {
            event_type: metadata?.event_type ?? kind,
            event_payload: { ...metadata?.event_payload, [metadataName]: outboxId },
          },
        });
        const { channel: conversation, ts } = understood(postedSchema, sent);
        return { kind: 'sent', providerMessageId: `${conversation}/${ts}` };
      } catch (error) {
        const gone = codeOf(error) === 'account_inactive' && (await tokenWorks());
        const outcome = gone ? unreachable('account_inactive') : failed(error);
        // The configured channel is not a recipient, so a rejection is not about a recipient.
        return message.channel === null && outcome.kind === 'rejected' && outcome.refused === 'unreachable'
          ? { kind: 'blocked', reason: `${outcome.reason} (for the channel ${channel})`, afterMs: 60_000 }
          : outcome;
      }
    },
    async find({ outboxId, message, createdAt }) {
      if (message.replaces !== undefined) return null;
      const conversation = await conversationOf(message.channel ?? channel);
      let cursor: string | undefined;
      const givesUpAt = performance.now() + longestLookMs;
      do {
        if (performance.now() > givesUpAt) throw new Error('reading the conversation takes too long');
        const answer: unknown = await client.conversations.history({
          channel: conversation,
          oldest: String((createdAt.getTime() - clockMarginMs) / 1000),
          include_all_metadata: true,
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        });
        const page = understood(historySchema, answer);
        const found = page.messages.find((one) => one.metadata?.event_payload?.[metadataName] === outboxId);
        if (found !== undefined) return `${conversation}/${found.ts}`;
        const next = page.response_metadata?.next_cursor || undefined;
        if ((page.has_more && next === undefined) || (next !== undefined && next === cursor))
          throw new Error('Slack’s answer is not the whole conversation');
        cursor = next;
      } while (cursor !== undefined);
      return null;
    },
  };
};

const openedSchema = z.looseObject({ ok: z.literal(true), channel: z.looseObject({ id: z.string().min(1) }) });
const okSchema = z.looseObject({ ok: z.literal(true) });
const postedSchema = z.looseObject({ ok: z.literal(true), channel: z.string().min(1), ts: z.string().min(1) });
const historySchema = z.looseObject({
  ok: z.literal(true),
  messages: z.array(
    z.looseObject({
      ts: z.string().min(1),
      metadata: z.looseObject({ event_payload: z.record(z.string(), z.unknown()).nullish() }).nullish(),
    }),
  ),
  has_more: z.boolean(),
  response_metadata: z.looseObject({ next_cursor: z.string().nullish() }).nullish(),
});

const understood = <Answer>(schema: z.ZodType<Answer>, answer: unknown): Answer => {
  const { data } = schema.safeParse(answer);
  if (data === undefined) throw new Error('Slack’s answer cannot be understood');
  return data;
};

/**
 * The error code in Slack's response, or `null` if Slack did not send one: the client also reports a response without
 * `ok` as an error, and takes any text that is not JSON (a proxy's page, half a response) for a code. Slack's codes
 * have two words or more, except `ratelimited` and `accesslimited`.
 */
const codeOf = (error: unknown): string | null =>
  error instanceof WebAPIPlatformError ? (refusalSchema.safeParse(error.data).data?.error ?? null) : null;

const refusalSchema = z.looseObject({
  ok: z.literal(false),
  error: z
    .string()
    .regex(/^(ratelimited|accesslimited|[a-z][a-z0-9]*(_[a-z0-9]+)+)$/)
    .max(80),
});

/** The token or the app is not set up correctly: no message gets through until somebody fixes that. */
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
  'access_denied',
  'team_access_not_granted',
  'team_added_to_org',
  'two_factor_setup_required',
  'not_allowed_token_type',
  'enterprise_is_restricted',
  'accesslimited',
  'team_not_found',
  'method_deprecated',
  'deprecated_endpoint',
];
/** We, or the whole workspace, have sent too much for now. */
const tooMuch = ['ratelimited', 'rate_limited', 'message_limit_exceeded'];
/** An error within Slack: it may have accepted the message. */
const internal = ['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable'];
/** The user or channel does not exist, or the app cannot write there. */
const recipientGone = [
  'user_not_found',
  'users_not_found',
  'user_not_visible',
  'user_disabled',
  'cannot_dm_bot',
  'messages_tab_disabled',
  'channel_not_found',
  'is_archived',
  'not_in_channel',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'posting_to_general_channel_denied',
];

/** Whether Slack itself answered that it will not do what was asked; a page of a proxy, or an error within Slack, says nothing. */
export const slackSaysNo = (error: unknown): boolean => {
  const code = codeOf(error);
  return code !== null && !internal.includes(code) && !tooMuch.includes(code);
};

const unreachable = (code: string): Outcome => ({ kind: 'rejected', reason: `Slack: ${code}`, refused: 'unreachable' });

const failed = (error: unknown): Outcome => {
  const stop = slackStopsEverything(error);
  if (stop !== null) return stop;
  const code = codeOf(error);
  if (code === null) return unanswered(unreadable(error));
  if (internal.includes(code)) return { kind: 'retry', reason: `Slack: ${code}`, maybeSent: true };
  if (recipientGone.includes(code)) return unreachable(code);
  // invalid_blocks, msg_too_long, …: the same message would be rejected again.
  return { kind: 'rejected', reason: `Slack: ${code}`, content: true };
};

const unreadable = (error: unknown): unknown =>
  error instanceof WebAPIPlatformError ? new Error('Slack’s answer cannot be understood') : error;

/** A reason that stops all sending or look-ups; `null` if it is something else. */
export const slackStopsEverything = (error: unknown): Outcome | null => {
  if (error instanceof WebAPIRateLimitedError) {
    const afterMs = Math.min(Math.max(error.retryAfter, 1), 3_600) * 1000;
    return { kind: 'stop', reason: 'Slack asks us to wait', afterMs };
  }
  const code = codeOf(error);
  if (code !== null && tooMuch.includes(code)) {
    return { kind: 'stop', reason: 'Slack asks us to wait', afterMs: 60_000 };
  }
  if (code === null || !notSetUp.includes(code)) return null;
  return {
    kind: 'stop',
    reason: `Slack rejects our requests (${code}): check SLACK_BOT_TOKEN`,
    afterMs: 60_000,
    broken: true,
  };
};

/**
 * The meaning of a failed look-up: if Slack lets us send but not look, it cannot be found out; `null` if asking again
 * may help.
 */
export const slackCannotTell = (error: unknown): Outcome | null => {
  const code = codeOf(error);
  if (code === null || internal.includes(code)) return null;
  const scopes = ['missing_scope', 'no_permission', 'access_denied'].includes(code);
  const stop = scopes ? null : slackStopsEverything(error);
  if (stop !== null) return stop;
  const reason =
    `it may have been sent, and Slack does not let us check (${code}): ` +
    'give the app the scopes im:write, im:history and channels:history, or check yourself';
  return { kind: 'unconfirmed', reason };
};
