import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';

/**
 * The rows of a record with parked events are missing or out of date. Once it is fixed, its changes appear in
 * `read.listing_changes` where they belong, which may be before the cursor. So alerts leave such a record out, remember
 * in `ops.alert_held_record` from which position on, and look at that range again once none of its events is parked,
 * whether by a retry or by promoting a build with fixed code.
 */

/** The read models that alerts depend on. */
export const alertModels = ['listing_changes', 'listings', 'saved_searches', 'leads'] as const;

/**
 * Records which records have parked events now, and which no longer do. Call it when it is known how far this tick
 * looks, since anything parked later is beyond that.
 *
 * @param cursor position of the last change that was matched against the searches
 */
export const noteHeldRecords = async (transaction: QueryExecutorProvider, cursor: bigint): Promise<void> => {
  await sql`
    insert into ops.alert_held_record as held (stream_name, after_position)
    select stream_name, least(min(since_position) - 1, ${cursor}) from ops.parked_record
    where projection = any (${[...alertModels]}) group by stream_name
    on conflict (stream_name) do update
      set after_position = least(held.after_position, excluded.after_position), mended = false`.execute(transaction);
  await sql`
    update ops.alert_held_record as held set mended = true
    where not mended and not exists (
      select from ops.parked_record as parked
      where parked.stream_name = held.stream_name and parked.projection = any (${[...alertModels]})
    )`.execute(transaction);
};

/** The position after which something has to be looked at again; `null` if nothing was fixed. */
export const mendedAfter = async (db: QueryExecutorProvider): Promise<bigint | null> => {
  const { rows } = await sql<{ position: string | null }>`
    select min(after_position) as position from ops.alert_held_record where mended`.execute(db);
  return rows[0]?.position == null ? null : BigInt(rows[0].position);
};

/** Forgets fixed records after they have been looked at again. */
export const forgetMended = async (transaction: QueryExecutorProvider): Promise<void> => {
  await sql`delete from ops.alert_held_record where mended`.execute(transaction);
};

/** How many records alerts leave out. */
export const countHeld = async (db: QueryExecutorProvider): Promise<number> => {
  const { rows } = await sql<{ held: number }>`
    select count(*)::int as held from ops.alert_held_record where not mended`.execute(db);
  return rows[0]!.held;
};

type Key = RawBuilder<unknown>;

/** SQL: whether none of these records is held. Each is given by its category and the column with its key. */
export const noneHeld = (records: Readonly<Record<string, Key>>): RawBuilder<boolean> => sql<boolean>`not exists (
  select from ops.alert_held_record as held where not held.mended and held.stream_name in (${streamNames(records)})
)`;

/** SQL: whether one of these records has been fixed, and the change at `position` was left out because of it. */
export const wasLeftOut = (
  records: Readonly<Record<string, Key>>,
  position: Key,
): RawBuilder<boolean> => sql<boolean>`exists (
  select from ops.alert_held_record as held
  where held.mended and held.after_position < ${position} and held.stream_name in (${streamNames(records)})
)`;

/** SQL: whether any search has been fixed, and the change at `position` was left out because of it. */
export const wasLeftOutForASearch = (position: Key): RawBuilder<boolean> => sql<boolean>`exists (
  select from ops.alert_held_record as held
  where held.mended and held.after_position < ${position} and held.stream_name like 'savedSearch-%'
)`;

const streamNames = (records: Readonly<Record<string, Key>>) =>
  sql.join(Object.entries(records).map(([category, key]) => sql`${sql.lit(`${category}-`)} || ${key}`));
