import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * Puts a message that failed or was withheld back into the queue, with all its attempts again. If it may have been
 * sent, it is looked up first, as always.
 *
 * @returns whether there was such a message
 */
export const retryMessage = async (db: QueryExecutorProvider, outboxId: string): Promise<boolean> => {
  const { numAffectedRows } = await sql`
    update ops.outbox set state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(),
      content_rejected_yn = false
    where outbox_id = ${outboxId}::uuid and state in ('failed', 'withheld')`.execute(db);
  return numAffectedRows === 1n;
};
