import { type Kysely, sql } from 'kysely';

/** Simulates the passing of time for messages: moves every time stored for them into the past. */
export const timePasses = async (db: Kysely<unknown>, ms: number): Promise<void> => {
  const seconds = ms / 1000;
  await sql`
    update ops.outbox set
      next_attempt_at = next_attempt_at - make_interval(secs => ${seconds}),
      claimed_until = claimed_until - make_interval(secs => ${seconds}),
      unanswered_at = unanswered_at - make_interval(secs => ${seconds}),
      sent_at = sent_at - make_interval(secs => ${seconds}),
      created_at = created_at - make_interval(secs => ${seconds})`.execute(db);
};
