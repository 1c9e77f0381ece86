import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { storableJson } from '../platform/database/storable.ts';
import { isAhead } from '../platform/database/times-ahead.ts';
import type { Channel, OutboxState } from './outbox.ts';
import { backoff, firstLookMs, type Outcome } from './outcome.ts';

/** A message that we may send until `claimed_until`. */
export type Claimed<Message> = {
  readonly outboxId: string;
  readonly kind: string;
  readonly contactKey: string | null;
  readonly memberKey: string | null;
  readonly recipient: string;
  readonly message: Message;
  /** Including this one. */
  readonly attempts: number;
  /** An earlier attempt got no answer, or its process died: the message may have been sent. */
  readonly maybeSent: boolean;
  /** How long ago that attempt was, by the database's clock; 0 if there was none. */
  readonly unansweredForMs: number;
  /** How many times since then the provider has said that it does not have the message. */
  readonly lookups: number;
  /** How many times since then the look-up has failed. */
  readonly failedLookups: number;
  readonly createdAt: Date;
};

export type Claim<Message> = { readonly token: string; readonly messages: readonly Claimed<Message>[] };

/** Nothing waits longer than this by design, so a time further ahead was written while the clock was wrong. */
const longestWaitMs = 24 * 3_600_000;

/**
 * Claims the next messages that are due, including those whose sender did not report back in time. Skips rows that
 * another process is claiming at this moment.
 *
 * @param forMs for how long they are claimed, by the database's clock
 * @param pace at most one message for each recipient, and none to whom one was sent in the last `everyMs`
 */
export const claimDue = async <Message>(
  db: Kysely<unknown>,
  channel: Channel,
  limit: number,
  forMs: number,
  pace?: { readonly everyMs: number },
): Promise<Claim<Message>> => {
  const token = randomUUID();
  const { rows } = await sql<Claimed<Message> & { readonly dedupeKey: string }>`
    with due as (
      select outbox_id, state = 'sending' or maybe_sent_yn as maybe_sent, state = 'sending' as abandoned
      from ops.outbox
      where channel = ${channel} and ${isDue} and ${pace === undefined ? sql`true` : isInPace(channel, pace.everyMs, forMs)}
      order by next_attempt_at, outbox_id limit ${limit} for update skip locked
    )
    update ops.outbox as message
    set state = 'sending', claim = ${token}, attempts = message.attempts + 1, maybe_sent_yn = due.maybe_sent,
      -- Its sender died: its time is up (or is too far in the future, written while a clock was wrong).
      unanswered_at = case
        when due.abandoned then least(message.claimed_until, clock_timestamp())
        -- least and greatest ignore null
        when due.maybe_sent then least(message.unanswered_at, clock_timestamp())
      end,
      lookups = case when due.abandoned then 0 else message.lookups end,
      failed_lookups = case when due.abandoned then 0 else message.failed_lookups end,
      claimed_until = clock_timestamp() + make_interval(secs => ${forMs / 1000})
    from due where message.outbox_id = due.outbox_id
    returning message.outbox_id as "outboxId", message.kind, message.contact_key as "contactKey",
      message.member_key as "memberKey", message.recipient,
      message.message, message.attempts, message.maybe_sent_yn as "maybeSent", message.created_at as "createdAt",
      coalesce(extract(epoch from clock_timestamp() - message.unanswered_at) * 1000, 0)::float8 as "unansweredForMs",
      message.lookups, message.failed_lookups as "failedLookups", message.dedupe_key as "dedupeKey"`.execute(db);
  // `returning` has no order.
  const inOrder = (one: (typeof rows)[number], other: (typeof rows)[number]) =>
    one.createdAt.getTime() - other.createdAt.getTime() || (one.dedupeKey < other.dedupeKey ? -1 : 1);
  return { token, messages: rows.sort(inOrder) };
};

/** SQL: whether a message in `ops.outbox` may be claimed. */
const isDue = sql<boolean>`(
  (state = 'pending' and (next_attempt_at <= clock_timestamp() or ${isAhead(sql`next_attempt_at`, longestWaitMs)}))
  or (state = 'sending' and (claimed_until <= clock_timestamp() or ${isAhead(sql`claimed_until`, longestWaitMs)}))
)`;

/** How long a message may be on its way before its recipient's next one no longer waits for it. */
const onItsWayMs = 15_000;

const isInPace = (channel: Channel, everyMs: number, forMs: number) => sql<boolean>`(
  outbox_id in (
    select distinct on (recipient) outbox_id from ops.outbox
    where channel = ${channel} and ${isDue} order by recipient, next_attempt_at, outbox_id
  )
  and not exists (
    select from ops.outbox as other
    where other.channel = ${channel} and other.recipient = outbox.recipient and (
      other.sent_at between clock_timestamp() - make_interval(secs => ${everyMs / 1000})
        and clock_timestamp() + make_interval(secs => ${everyMs / 1000})
      or (other.state = 'sending'
        and other.claimed_until > clock_timestamp() + make_interval(secs => ${(forMs - onItsWayMs) / 1000}))
    )
  )
)`;

/** Whether messages of a channel are due, and only wait because of its pace. */
export const isPaced = async (db: Kysely<unknown>, channel: Channel): Promise<boolean> => {
  const { rows } = await sql<{ some: boolean }>`
    select exists (select from ops.outbox where channel = ${channel} and ${isDue}) as some`.execute(db);
  return rows[0]!.some;
};

export type Settled = { readonly outboxId: string; readonly attempts: number; readonly outcome: Outcome };

/**
 * Records the outcome. Nothing is recorded for a message that another process has claimed in the meantime.
 *
 * @param via `preview`: the message was accepted but not really sent
 */
export const settle = async (
  db: Kysely<unknown>,
  token: string,
  settled: readonly Settled[],
  via: 'provider' | 'preview',
): Promise<void> => {
  if (settled.length === 0) return;
  const rows = settled.map(({ outboxId, attempts, outcome }) => ({
    outbox_id: outboxId,
    ...next(outcome, attempts, via),
  }));
  await sql`
    update ops.outbox as message
    set state = row.state, maybe_sent_yn = row.unanswered <> 'no', last_error = row.error, claim = null,
      claimed_until = null, provider_message_id = row.provider_message_id, attempts = row.attempts,
      unanswered_at = case row.unanswered when 'now' then clock_timestamp() when 'before' then message.unanswered_at end,
      lookups = case row.unanswered when 'before' then message.lookups + row.looked_up else 0 end,
      failed_lookups = case row.unanswered when 'before' then message.failed_lookups + row.failed_lookups else 0 end,
      sent_at = case when row.state in ('sent', 'previewed') then clock_timestamp() end,
      next_attempt_at = clock_timestamp() + make_interval(secs => row.wait_ms / 1000.0),
      content_rejected_yn = row.content_rejected,
      recipient = coalesce(row.readdressed_to, message.recipient),
      message = case when row.readdressed_to is null then message.message
        else jsonb_set(message.message, '{To}', to_jsonb(row.readdressed_to)) end,
      context = case when row.readdressed_to is null then message.context
        else message.context || jsonb_build_object('refusedAddresses',
          coalesce(message.context -> 'refusedAddresses', '[]') || to_jsonb(message.recipient)) end
    from jsonb_to_recordset(${storableJson(rows)}::jsonb) as row (
      outbox_id uuid, state text, unanswered text, error text, provider_message_id text, wait_ms float8,
      attempts integer, looked_up integer, failed_lookups integer, readdressed_to text,
      content_rejected boolean
    )
    where message.outbox_id = row.outbox_id and message.claim = ${token}`.execute(db);
};

type Next = {
  readonly state: OutboxState;
  /** Whether the outcome of an attempt is unknown: of the present one, an earlier one, or none. */
  readonly unanswered: 'now' | 'before' | 'no';
  readonly error: string | null;
  readonly provider_message_id: string | null;
  readonly wait_ms: number;
  readonly attempts: number;
  readonly looked_up: number;
  readonly failed_lookups: number;
  readonly readdressed_to: string | null;
  readonly content_rejected: boolean;
};

const next = (outcome: Outcome, attempts: number, via: 'provider' | 'preview'): Next => {
  const row: Next = {
    state: 'pending',
    unanswered: 'no',
    error: 'reason' in outcome ? outcome.reason : null,
    provider_message_id: null,
    wait_ms: 0,
    attempts,
    looked_up: 0,
    failed_lookups: 0,
    readdressed_to: null,
    content_rejected: false,
  };
  switch (outcome.kind) {
    case 'sent':
      return {
        ...row,
        state: via === 'preview' ? 'previewed' : 'sent',
        provider_message_id: outcome.providerMessageId,
      };
    case 'rejected':
      return { ...row, state: 'failed', content_rejected: outcome.content ?? false };
    case 'readdressed':
      return { ...row, attempts: 0, readdressed_to: outcome.to };
    case 'unconfirmed':
      return { ...row, state: 'unconfirmed', unanswered: 'before', failed_lookups: 1 };
    // A look-up alone is not an attempt.
    case 'unsettled':
      return {
        ...row,
        unanswered: 'before',
        wait_ms: outcome.afterMs,
        attempts: attempts - 1,
        looked_up: outcome.looked === 'absent' ? 1 : 0,
        failed_lookups: outcome.looked === 'failed' ? 1 : 0,
      };
    case 'blocked':
      return { ...row, wait_ms: outcome.afterMs, attempts: attempts - 1 };
    case 'stop':
      return {
        ...row,
        unanswered: outcome.maybeSent ? 'before' : 'no',
        wait_ms: outcome.afterMs,
        attempts: attempts - 1,
      };
    case 'retry': {
      // However many attempts there were, first the outcome of this one has to be found out.
      if (outcome.maybeSent) return { ...row, unanswered: 'now', wait_ms: firstLookMs };
      const wait = backoff(attempts);
      if (wait === null) {
        return { ...row, state: 'failed', error: `given up after ${attempts} attempts: ${outcome.reason}` };
      }
      return { ...row, wait_ms: Math.max(wait, outcome.afterMs ?? 0) };
    }
    default:
      return outcome satisfies never;
  }
};

/** Takes messages out of the queue deliberately, each with its reason. */
export const withhold = async (
  db: Kysely<unknown>,
  token: string,
  reasons: ReadonlyMap<string, string>,
): Promise<void> => {
  if (reasons.size === 0) return;
  await sql`
    update ops.outbox as message
    set state = 'withheld', last_error = row.reason, claim = null, claimed_until = null
    from unnest(${[...reasons.keys()]}::uuid[], ${[...reasons.values()]}::text[]) as row (outbox_id, reason)
    where message.outbox_id = row.outbox_id and message.claim = ${token}`.execute(db);
};
