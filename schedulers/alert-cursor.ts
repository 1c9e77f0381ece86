import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import type { Mark } from '../eventstore/positions/mark.ts';
import { typed } from '../tables/database.ts';

/** The position up to which changes have been matched; `null` before the first run. */
export const alertMark = async (db: Kysely<unknown>): Promise<Mark | null> => {
  const row = await typed(db)
    .selectFrom('ops.alertCursor')
    .select(['position', 'eventId', 'eventPosition'])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { position, eventId: id, eventPosition: at } = row;
  return { position: BigInt(position), event: id === null || at === null ? null : { id, position: BigInt(at) } };
};

/**
 * Locks the cursor and returns the last run's position. The first run starts where the first search does, because
 * anything older is news to no one.
 *
 * @param through where to start if there are no searches yet
 */
export const lockCursor = async (transaction: QueryExecutorProvider, through: bigint): Promise<bigint> => {
  await sql`
    insert into ops.alert_cursor (position)
    select coalesce(min(criteria_position), ${through}) from read.saved_searches
    on conflict do nothing`.execute(transaction);
  const { rows } = await sql<{ position: string }>`select position from ops.alert_cursor for update`.execute(
    transaction,
  );
  return BigInt(rows[0]!.position);
};

/** The middle of a range has no event to identify the position, so the previous one stays. */
export const moveCursor = async (transaction: QueryExecutorProvider, { position, event }: Mark): Promise<void> => {
  await sql`
    update ops.alert_cursor
    set position = ${position}, moved_at = clock_timestamp(),
      event_id = coalesce(${event?.id ?? null}, event_id),
      event_position = coalesce(${event?.position ?? null}::bigint, event_position)`.execute(transaction);
};
