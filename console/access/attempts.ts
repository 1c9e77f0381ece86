import { createHash } from 'node:crypto';
import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import { type QueryExecutorProvider, sql } from 'kysely';

/** How many log-ins may be attempted within 15 minutes, successful or not. */
export const logInLimits = { perAccount: 10, perAddress: 50, windowMs: 15 * 60_000 };

/** Makes @fastify/rate-limit count in PostgreSQL, so that neither a restart nor a second console gives new attempts. */
export const attemptStore = (db: QueryExecutorProvider): FastifyRateLimitStoreCtor => {
  const store: FastifyRateLimitStore = {
    incr(key, callback, timeWindow) {
      countAttempt(db, key, timeWindow).then(
        (counted) => callback(null, counted),
        (error: Error) => callback(error),
      );
    },
    child: () => store,
  };
  return function attempts() {
    return store;
  } as unknown as FastifyRateLimitStoreCtor;
};

const countAttempt = async (db: QueryExecutorProvider, key: string, timeWindow: number) => {
  const hashed = createHash('sha256').update(key).digest();
  const { rows } = await sql<{ current: number; ttl: number }>`
    with tidied as (
      delete from ops.console_log_in_attempt where window_ends_at < now() - interval '1 day' and limited_key <> ${hashed}
    )
    insert into ops.console_log_in_attempt as kept (limited_key, attempts, window_ends_at)
    values (${hashed}, 1, now() + make_interval(secs => ${timeWindow / 1_000}))
    on conflict (limited_key) do update set
      attempts = case when kept.window_ends_at < now() then 1 else least(kept.attempts + 1, 1000000) end,
      window_ends_at = case when kept.window_ends_at < now() then excluded.window_ends_at else kept.window_ends_at end
    returning attempts as current, (extract(epoch from window_ends_at - now()) * 1000)::int as ttl`.execute(db);
  return rows[0]!;
};
