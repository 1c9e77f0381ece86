import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { isAhead } from '../platform/database/times-ahead.ts';
import { camelCased } from '../tables/database.ts';
import type { Channel } from './outbox.ts';

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
    returning message.outbox_id, message.kind, message.contact_key,
      message.member_key, message.recipient,
      message.message, message.attempts, message.maybe_sent_yn as maybe_sent, message.created_at,
      coalesce(extract(epoch from clock_timestamp() - message.unanswered_at) * 1000, 0)::float8 as unanswered_for_ms,
      message.lookups, message.failed_lookups, message.dedupe_key`.execute(camelCased(db));
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
