import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Channel } from './outbox.ts';
import { backoff, type Outcome } from './outcome.ts';

/** A message that is ours to send until `claimed_until`. */
export type Claimed<Message> = {
  readonly outboxId: string;
  readonly kind: string;
  readonly contactKey: string | null;
  readonly recipient: string;
  readonly message: Message;
  /** This one included. */
  readonly attempts: number;
  /** An earlier attempt ended without an answer, or its process died: it may have been sent. */
  readonly maybeSent: boolean;
  readonly createdAt: Date;
};

export type Claim<Message> = { readonly token: string; readonly messages: readonly Claimed<Message>[] };

/**
 * Takes the next messages that are due, also those whose sender did not come back in time. Rows that somebody else is
 * taking at this moment are passed over.
 *
 * @param forMs for how long they are ours, by the database's clock
 */
export const claimDue = async <Message>(
  db: Kysely<unknown>,
  channel: Channel,
  limit: number,
  forMs: number,
): Promise<Claim<Message>> => {
  const token = randomUUID();
  const { rows } = await sql<Claimed<Message>>`
    with due as (
      select outbox_id, state = 'sending' or maybe_sent_yn as maybe_sent from ops.outbox
      where channel = ${channel} and (
        (state = 'pending' and next_attempt_at <= clock_timestamp())
        or (state = 'sending' and claimed_until <= clock_timestamp())
      )
      order by next_attempt_at, outbox_id limit ${limit} for update skip locked
    )
    update ops.outbox as message
    set state = 'sending', claim = ${token}, attempts = message.attempts + 1, maybe_sent_yn = due.maybe_sent,
      claimed_until = clock_timestamp() + make_interval(secs => ${forMs / 1000})
    from due where message.outbox_id = due.outbox_id
    returning message.outbox_id as "outboxId", message.kind, message.contact_key as "contactKey", message.recipient,
      message.message, message.attempts, message.maybe_sent_yn as "maybeSent", message.created_at as "createdAt"`.execute(
    db,
  );
  return { token, messages: rows };
};

export type Settled = { readonly outboxId: string; readonly attempts: number; readonly outcome: Outcome };

/**
 * Writes down what came of it. Nothing is written to a message that somebody else has taken over meanwhile.
 *
 * @param via `preview`: what was taken went nowhere
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
    set state = row.state, maybe_sent_yn = row.maybe_sent, last_error = row.error, claim = null, claimed_until = null,
      provider_message_id = row.provider_message_id, attempts = message.attempts - row.uncounted,
      sent_at = case when row.state in ('sent', 'previewed') then clock_timestamp() end,
      next_attempt_at = clock_timestamp() + make_interval(secs => row.wait_ms / 1000.0)
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (
      outbox_id uuid, state text, maybe_sent boolean, error text, provider_message_id text, wait_ms float8,
      uncounted integer
    )
    where message.outbox_id = row.outbox_id and message.claim = ${token}`.execute(db);
};

const next = (outcome: Outcome, attempts: number, via: 'provider' | 'preview') => {
  const row = { maybe_sent: false, error: null, provider_message_id: null, wait_ms: 0, uncounted: 0 };
  switch (outcome.kind) {
    case 'sent':
      return {
        ...row,
        state: via === 'preview' ? 'previewed' : 'sent',
        provider_message_id: outcome.providerMessageId,
      };
    case 'rejected':
      return { ...row, state: 'failed', error: outcome.reason };
    case 'stop':
      return {
        ...row,
        state: 'pending',
        error: outcome.reason,
        maybe_sent: outcome.maybeSent ?? false,
        wait_ms: outcome.afterMs,
        uncounted: 1,
      };
    case 'retry': {
      const wait = backoff(attempts);
      if (wait === null) {
        const error = `given up after ${attempts} attempts: ${outcome.reason}`;
        return { ...row, state: 'failed', error, maybe_sent: outcome.maybeSent };
      }
      const wait_ms = Math.max(wait, outcome.afterMs ?? 0);
      return { ...row, state: 'pending', error: outcome.reason, maybe_sent: outcome.maybeSent, wait_ms };
    }
    default:
      return outcome satisfies never;
  }
};

/** Takes messages out of the queue on purpose, each with its reason. */
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
