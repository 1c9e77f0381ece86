import { type RawBuilder, sql } from 'kysely';

/**
 * SQL: whether what the transaction `changed_by` changed was visible in a snapshot. A transaction that this server has yet to begin
 * was another server's: the row comes from a backup, and has been there since it was restored.
 */
export const wasVisibleIn = (snapshot: string): RawBuilder<boolean> => sql`(
  pg_visible_in_snapshot(changed_by, ${snapshot}::pg_snapshot) or changed_by >= pg_snapshot_xmax(pg_current_snapshot()))`;
