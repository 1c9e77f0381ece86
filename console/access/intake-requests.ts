import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';

/** A client that repeats a request does so within days. */
const keptForDays = 30;

/**
 * Whether a request may be handled: its key is new, or was used for the same request before. The order of the body's
 * fields does not matter.
 *
 * @param name the API key's
 */
export const isSameRequest = async (
  db: Kysely<unknown>,
  name: string,
  idempotencyKey: string,
  body: Readonly<Record<string, unknown>>,
): Promise<boolean> => {
  const fields = Object.entries(body).sort(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(fields)).digest();
  await sql`
    delete from ops.intake_request
    where created_at < clock_timestamp() - make_interval(days => ${keptForDays})`.execute(db);
  await sql`
    insert into ops.intake_request (name, idempotency_key, body_hash) values (${name}, ${idempotencyKey}, ${hash})
    on conflict do nothing`.execute(db);
  const { rows } = await sql<{ same: boolean }>`
    select body_hash = ${hash} as same from ops.intake_request
    where name = ${name} and idempotency_key = ${idempotencyKey}`.execute(db);
  return rows[0]?.same ?? true;
};
