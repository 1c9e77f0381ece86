import { type Kysely, sql } from 'kysely';
import { storableJson } from '../platform/database/storable.ts';
import type { OutboxState } from './outbox.ts';
import { backoff, firstLookMs, type Outcome } from './outcome.ts';

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
