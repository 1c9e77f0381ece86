import { type QueryExecutorProvider, sql } from 'kysely';
import { storableJson } from '../platform/database/storable.ts';
import type { EmailMessage } from './email/build-email.ts';
import type { SlackMessage } from './slack/build-message.ts';

export type { EmailMessage } from './email/build-email.ts';
export type { SlackMessage } from './slack/build-message.ts';

type Common = {
  /** A second message with the same key is not queued, so that nothing is sent twice. */
  readonly dedupeKey: string;
  readonly kind: string;
  readonly contactKey?: string | null;
  readonly memberKey?: string | null;
  /** The recipient as a person would name it: an address, a Slack user, a channel. */
  readonly recipient: string;
  /** Why it is sent, and what it is about. */
  readonly context?: Readonly<Record<string, unknown>>;
};

export type NewMessage = Common &
  (
    | { readonly channel: 'email'; readonly message: EmailMessage }
    | { readonly channel: 'slack'; readonly message: SlackMessage }
  );

/** The recipient of a Slack message to the configured channel. */
export const ourChannel = 'channel';

export type Channel = NewMessage['channel'];

/**
 * - `pending`: to be sent (again) at `next_attempt_at`
 * - `sending`: a process is sending it
 * - `sent`: Postmark or Slack accepted it
 * - `previewed`: Postmark or Slack is not configured, so it was kept for viewing and not sent
 * - `failed`: given up; a person has to look into it
 * - `unconfirmed`: it may have been sent, and neither Postmark nor Slack can say; a person decides whether it was
 * - `withheld`: deliberately not sent (the lead has opted out)
 */
export type OutboxState = 'pending' | 'sending' | 'sent' | 'previewed' | 'failed' | 'unconfirmed' | 'withheld';

/**
 * Queues messages in the caller's transaction, so they exist if and only if it commits.
 *
 * @returns the dedupe keys of those that were new
 */
export const queueMessages = async (
  db: QueryExecutorProvider,
  messages: readonly NewMessage[],
): Promise<readonly string[]> => {
  if (messages.length === 0) return [];
  const rows = messages.map((message) => ({
    dedupe_key: message.dedupeKey,
    channel: message.channel,
    kind: message.kind,
    contact_key: message.contactKey ?? null,
    member_key: message.memberKey ?? null,
    recipient: message.recipient,
    message: message.message,
    context: message.context ?? {},
  }));
  const { rows: queued } = await sql<{ dedupe_key: string }>`
    insert into ops.outbox (dedupe_key, channel, kind, contact_key, member_key, recipient, message, context)
    select dedupe_key, channel, kind, contact_key, member_key, recipient, message, context
    from jsonb_to_recordset(${storableJson(rows)}::jsonb) as row (
      dedupe_key text, channel text, kind text, contact_key text, member_key text, recipient text,
      message jsonb, context jsonb
    )
    on conflict (dedupe_key) do nothing
    returning dedupe_key`.execute(db);
  // The processes that deliver the outbox are notified as soon as the transaction has committed.
  if (queued.length > 0) await sql`select pg_notify('openhouse_outbox', '')`.execute(db);
  return queued.map((row) => row.dedupe_key);
};
