import { type RawBuilder, sql } from 'kysely';
import { shownStatuses } from '../../../domain/listing/index.ts';
import { notAhead } from '../../../platform/database/times-ahead.ts';

/** For how long a home must be off the market before a buyer who knows it is told so. */
const settleHours = 24;

/**
 * SQL: whether the state of the home (`listing`) is settled enough to tell the buyer of `pending`. Contracts fall through
 * and fields are mistyped: a home that goes Pending and comes back within a day is no news at all. So a buyer hears that a
 * home is gone when it has been off the market for a day; that it is there (again), at once. That is one e-mail a day at
 * most on how a home comes and goes.
 */
export const isSettled = (now: Date): RawBuilder<boolean> => sql<boolean>`(
  memory.told_status is null or listing.standard_status is null or listing.standard_status = any (${shownStatuses})
  or coalesce(${notAhead(sql`pending.matched_at`, now)} <= ${now}::timestamptz - make_interval(hours => ${settleHours}), true)
)`;
