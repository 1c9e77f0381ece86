import { type QueryExecutorProvider, sql } from 'kysely';

/** A person's verdict on an unconfirmed message. */
export type Verdict = {
  readonly outboxId: string;
  readonly as: 'sent' | 'send-again';
  readonly because: string;
  /** The person. */
  readonly by: string;
};

/**
 * A person decides an unconfirmed message: it was sent, or it is to be sent again. Who decided, and why, is stored with
 * the message.
 *
 * @returns whether there was such an unconfirmed message
 */
export const settleByHand = async (
  db: QueryExecutorProvider,
  { outboxId, as, because, by }: Verdict,
): Promise<boolean> => {
  const state = as === 'sent' ? 'sent' : 'pending';
  const { numAffectedRows } = await sql`
    update ops.outbox
    set state = ${state}, attempts = 0, next_attempt_at = clock_timestamp(), maybe_sent_yn = false, unanswered_at = null,
      lookups = 0, failed_lookups = 0, last_error = null,
      sent_at = case when ${as} = 'sent' then clock_timestamp() end,
      context = context || jsonb_build_object('settled', jsonb_build_object(
        'as', ${as}::text, 'because', ${because}::text, 'by', ${by}::text, 'at', now()))
    where outbox_id = ${outboxId}::uuid and state = 'unconfirmed'`.execute(db);
  return numAffectedRows === 1n;
};
