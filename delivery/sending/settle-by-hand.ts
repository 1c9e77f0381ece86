import { type QueryExecutorProvider, sql } from 'kysely';

/** What a person found out, or decided, about a message that nobody could confirm. */
export type Verdict = {
  readonly outboxId: string;
  readonly as: 'sent' | 'send-again';
  readonly because: string;
  /** Who says so. */
  readonly by: string;
};

/**
 * A person says what became of a message that nobody could confirm: it was sent, or it is to be sent again. Who said so, and why,
 * is kept with the message.
 *
 * @returns whether there was such a message that nobody could confirm
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
