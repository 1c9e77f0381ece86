import { WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { z } from 'zod';
import { type Outcome, unanswered } from '../outcome.ts';

/**
 * The error code in Slack's response, or `null` if Slack did not send one: the client also reports a response without
 * `ok` as an error, and takes any text that is not JSON (a proxy's page, half a response) for a code. Slack's codes
 * have two words or more, except `ratelimited` and `accesslimited`.
 */
export const slackCode = (error: unknown): string | null =>
  error instanceof WebAPIPlatformError ? (refusalSchema.safeParse(error.data).data?.error ?? null) : null;

const refusalSchema = z.looseObject({
  ok: z.literal(false),
  error: z
    .string()
    .regex(/^(ratelimited|accesslimited|[a-z][a-z0-9]*(_[a-z0-9]+)+)$/)
    .max(80),
});

/** The token or the app is not set up correctly: no message gets through until someone fixes that. */
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
  const code = slackCode(error);
  return code !== null && !internal.includes(code) && !tooMuch.includes(code);
};

/** The recipient cannot be reached; others can. */
export const unreachable = (code: string): Outcome => ({
  kind: 'rejected',
  reason: `Slack: ${code}`,
  refused: 'unreachable',
});

/** How a message whose sending failed ended. */
export const outcomeOfFailure = (error: unknown): Outcome => {
  const stop = slackStopsEverything(error);
  if (stop !== null) return stop;
  const code = slackCode(error);
  if (code === null) return unanswered(unreadable(error));
  if (internal.includes(code)) return { kind: 'retry', reason: `Slack: ${code}`, maybeSent: true };
  if (recipientGone.includes(code)) return unreachable(code);
  // invalid_blocks, msg_too_long, …: the same message would be rejected again.
  return { kind: 'rejected', reason: `Slack: ${code}`, content: true };
};

const unreadable = (error: unknown): unknown =>
  error instanceof WebAPIPlatformError ? new Error('Slack’s answer cannot be understood') : error;

/** A reason that stops all sending or look-ups; `null` if it is something else. */
const slackStopsEverything = (error: unknown): Outcome | null => {
  if (error instanceof WebAPIRateLimitedError) {
    const afterMs = Math.min(Math.max(error.retryAfter, 1), 3_600) * 1000;
    return { kind: 'stop', reason: 'Slack asks us to wait', afterMs };
  }
  const code = slackCode(error);
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
  const code = slackCode(error);
  if (code === null || internal.includes(code)) return null;
  const scopes = ['missing_scope', 'no_permission', 'access_denied'].includes(code);
  const stop = scopes ? null : slackStopsEverything(error);
  if (stop !== null) return stop;
  const reason =
    `it may have been sent, and Slack does not let us check (${code}): ` +
    'give the app the scopes im:write, im:history, channels:history and groups:history, or check yourself';
  return { kind: 'unconfirmed', reason };
};
