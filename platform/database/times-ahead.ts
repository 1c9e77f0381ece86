import { type RawBuilder, sql } from 'kysely';

/**
 * A time that says when something happened and yet lies in the future was written while a clock was wrong. Decisions
 * based on times ignore it as if it were missing: otherwise one wrong row would stop a job for as long as the clock was
 * ahead. What is ignored is reported (`timesAhead` in recovery/).
 */

/** How far two clocks may differ before one of them counts as wrong. */
const clockToleranceMs = 60_000;

/**
 * SQL: the time in `column`, or null when it is in the future.
 *
 * @param now default: the database's clock
 * @param withinMs how far ahead it may be by design (the end of a lease, the next attempt); default 0
 * @example sql`${notAhead(sql`finished_at`)} < now() - interval '1 day'`
 */
export const notAhead = (column: RawBuilder<unknown>, now?: Date, withinMs = 0): RawBuilder<Date | null> => sql`case
  when ${column} <= ${now === undefined ? sql`clock_timestamp()` : sql`${now}::timestamptz`}
    + make_interval(secs => ${(withinMs + clockToleranceMs) / 1000}) then ${column} end`;

/** SQL: whether the time in `column` is further ahead than it may be by design. */
export const isAhead = (column: RawBuilder<unknown>, withinMs: number): RawBuilder<boolean> =>
  sql<boolean>`${column} > clock_timestamp() + make_interval(secs => ${(withinMs + clockToleranceMs) / 1000})`;
