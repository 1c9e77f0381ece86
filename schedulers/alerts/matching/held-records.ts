import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';

/**
 * A record with parked events has rows that are not up to date, or none; and when it is mended, its changes appear in
 * `read.listing_changes` where they belong, which may be before the cursor. So alerts leave such a record out, keep in
 * `ops.alert_held_record` from where on, and look at all that again once nothing of it is parked: by a retry, or by
 * promoting a build of mended code, whichever it was.
 */

/** The read models that alerts go by. */
export const alertModels = ['listing_changes', 'listings', 'saved_searches', 'leads'] as const;

/**
 * Notes which records have parked events now, and which have none any more. To be called when it is known how far this
 * tick looks: what is parked later lies beyond.
 *
 * @param cursor position of the last change that was held against the searches
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

/** The position after which something has to be looked at again; `null` when nothing was mended. */
export const mendedAfter = async (db: QueryExecutorProvider): Promise<bigint | null> => {
  const { rows } = await sql<{ position: string | null }>`
    select min(after_position) as position from ops.alert_held_record where mended`.execute(db);
  return rows[0]?.position == null ? null : BigInt(rows[0].position);
};

/** Mended records have been looked at again. */
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

/** SQL: whether none of these records is held. Each is given by its category and the column that holds its key. */
export const noneHeld = (records: Readonly<Record<string, Key>>): RawBuilder<boolean> => sql<boolean>`not exists (
  select from ops.alert_held_record as held where not held.mended and held.stream_name in (${streamNames(records)})
)`;

/** SQL: whether one of these records is mended, and the change at `position` among what was left out for it. */
export const wasLeftOut = (
  records: Readonly<Record<string, Key>>,
  position: Key,
): RawBuilder<boolean> => sql<boolean>`exists (
  select from ops.alert_held_record as held
  where held.mended and held.after_position < ${position} and held.stream_name in (${streamNames(records)})
)`;

/** SQL: whether some search is mended, and the change at `position` among what was left out for it. */
export const wasLeftOutForASearch = (position: Key): RawBuilder<boolean> => sql<boolean>`exists (
  select from ops.alert_held_record as held
  where held.mended and held.after_position < ${position} and held.stream_name like 'savedSearch-%'
)`;

const streamNames = (records: Readonly<Record<string, Key>>) =>
  sql.join(Object.entries(records).map(([category, key]) => sql`${sql.lit(`${category}-`)} || ${key}`));
