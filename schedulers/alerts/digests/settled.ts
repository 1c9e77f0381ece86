import { type RawBuilder, sql } from 'kysely';
import { shownStatuses } from '../../../domain/listing/index.ts';
import { notAhead } from '../../../platform/database/times-ahead.ts';

/** How long a home must be off the market before a buyer who knows it is notified. */
const settleHours = 24;

/**
 * SQL: whether the state of the home (`listing`) is settled enough to notify the buyer of `pending`. Contracts fall
 * through and fields are mistyped: a home that goes Pending and comes back within a day is not news at all. So a buyer
 * is notified that a home is gone once it has been off the market for a day, but that it is available (again) at once.
 * That is at most one e-mail a day about a home that comes and goes.
 */
export const isSettled = (now: Date): RawBuilder<boolean> => sql<boolean>`(
  memory.sent_status is null or listing.standard_status is null or listing.standard_status = any (${shownStatuses})
  or coalesce(${notAhead(sql`pending.matched_at`, now)} <= ${now}::timestamptz - make_interval(hours => ${settleHours}), true)
)`;
