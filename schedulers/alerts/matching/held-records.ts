import { type Kysely, type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { typed } from '../../../tables/database.ts';

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
      set after_position = least(held.after_position, excluded.after_position), fixed = false`.execute(transaction);
  await sql`
    update ops.alert_held_record as held set fixed = true
    where not fixed and not exists (
      select from ops.parked_record as parked
      where parked.stream_name = held.stream_name and parked.projection = any (${[...alertModels]})
    )`.execute(transaction);
};

/** The position after which something has to be looked at again; `null` if nothing was fixed. */
export const fixedAfter = async (db: Kysely<unknown>): Promise<bigint | null> => {
  const { position } = await typed(db)
    .selectFrom('ops.alertHeldRecord')
    .select(({ fn }) => fn.min<string | null>('afterPosition').as('position'))
    .where('fixed', '=', true)
    .executeTakeFirstOrThrow();
  return position === null ? null : BigInt(position);
};

/** Forgets fixed records after they have been looked at again. */
export const forgetFixed = async (transaction: Kysely<unknown>): Promise<void> => {
  await typed(transaction).deleteFrom('ops.alertHeldRecord').where('fixed', '=', true).execute();
};

/** How many records alerts leave out. */
export const countHeld = async (db: Kysely<unknown>): Promise<number> => {
  const { held } = await typed(db)
    .selectFrom('ops.alertHeldRecord')
    .select(({ fn }) => fn.countAll<string>().as('held'))
    .where('fixed', '=', false)
    .executeTakeFirstOrThrow();
  return Number(held);
};

type Key = RawBuilder<unknown>;

/** SQL: whether none of these records is held. Each is given by its category and the column with its key. */
export const noneHeld = (records: Readonly<Record<string, Key>>): RawBuilder<boolean> => sql<boolean>`not exists (
  select from ops.alert_held_record as held where not held.fixed and held.stream_name in (${streamNames(records)})
)`;

/** SQL: whether one of these records has been fixed, and the change at `position` was left out because of it. */
export const wasLeftOut = (
  records: Readonly<Record<string, Key>>,
  position: Key,
): RawBuilder<boolean> => sql<boolean>`exists (
  select from ops.alert_held_record as held
  where held.fixed and held.after_position < ${position} and held.stream_name in (${streamNames(records)})
)`;

/** SQL: whether any search has been fixed, and the change at `position` was left out because of it. */
export const wasLeftOutForASearch = (position: Key): RawBuilder<boolean> => sql<boolean>`exists (
  select from ops.alert_held_record as held
  where held.fixed and held.after_position < ${position} and held.stream_name like 'savedSearch-%'
)`;

const streamNames = (records: Readonly<Record<string, Key>>) =>
  sql.join(Object.entries(records).map(([category, key]) => sql`${sql.lit(`${category}-`)} || ${key}`));
