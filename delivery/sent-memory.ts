import { type QueryExecutorProvider, sql } from 'kysely';
import { camelCased } from '../tables/database.ts';

/**
 * The memory of what was sent to whom: one small row for each buyer (lead) and home (listing), however often they are
 * notified. It has the home as the buyer knows it; news is the difference between that and the home now (see
 * matching/news.ts).
 *
 * - `sent_status`, `sent_price`, `sent_at`: the home as we last sent it, and when. If the price becomes unknown
 *   ("Call"), the last known price stays. `sent_position` is the change (in `$all`) that led to it, `saved_search_key`
 *   the search.
 * - `legacy_sent_at`: when the old CRM sent the home; it did not record at which price.
 *
 * `pruneMemory` (schedulers/alerts) bounds it: rows of homes that left the market long ago, and of leads that are gone,
 * are removed.
 */

/** One e-mail of the old CRM: it sent the listing to the lead at `sentAt` (ISO 8601), for that search if known. */
export type LegacyAlert = {
  readonly contactKey: string;
  readonly listingKey: string;
  readonly savedSearchKey?: string | null;
  readonly sentAt: string;
};

/**
 * Takes over what the old CRM sent, in batches (some thousands of rows work well). Idempotent: the latest `sentAt` of
 * each lead and listing is kept, in whatever order and however often they come.
 *
 * @param db a kysely or a transaction of it
 * @returns how many rows were new or moved the memory forward
 * @example await rememberLegacyAlerts(db, [{ contactKey, listingKey, savedSearchKey, sentAt: '2024-05-01T12:00:00Z'
 * }]);
 */
export const rememberLegacyAlerts = async (
  db: QueryExecutorProvider,
  alerts: readonly LegacyAlert[],
): Promise<number> => {
  if (alerts.length === 0) return 0;
  const result = await sql`
    insert into ops.sent_memory as memory (contact_key, listing_key, legacy_sent_at, saved_search_key)
    select distinct on (contact_key, listing_key) contact_key, listing_key,
      -- A time in the future was written while a clock was wrong; it was sent by now at the latest.
      least(sent_at, clock_timestamp()), saved_search_key
    from unnest(
      ${alerts.map((alert) => alert.contactKey)}::text[],
      ${alerts.map((alert) => alert.listingKey)}::text[],
      ${alerts.map((alert) => alert.sentAt)}::timestamptz[],
      ${alerts.map((alert) => alert.savedSearchKey ?? null)}::text[]
    ) as alert (contact_key, listing_key, sent_at, saved_search_key)
    order by contact_key, listing_key, least(sent_at, clock_timestamp()) desc, saved_search_key
    on conflict (contact_key, listing_key) do update
      set legacy_sent_at = excluded.legacy_sent_at,
          saved_search_key = coalesce(memory.saved_search_key, excluded.saved_search_key)
      where memory.legacy_sent_at is null or memory.legacy_sent_at < excluded.legacy_sent_at`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
};

/**
 * A lead (or a listing) turned out to be another one: what was sent to (or about) the one counts for the other. If both
 * have an entry for a home, the later one is what the buyer knows. Idempotent.
 */
export const rememberMerged = async (
  db: QueryExecutorProvider,
  what: 'contact_key' | 'listing_key',
  merged: { readonly from: string; readonly into: string },
): Promise<void> => {
  const other = sql.ref(what === 'contact_key' ? 'listing_key' : 'contact_key');
  const later = sql`coalesce(excluded.sent_at > memory.sent_at, memory.sent_at is null)`;
  const laterOf = (column: string) =>
    sql`${sql.ref(column)} = case when ${later} then ${sql.ref(`excluded.${column}`)} else ${sql.ref(`memory.${column}`)} end`;
  await sql`
    insert into ops.sent_memory as memory (
      ${sql.ref(what)}, ${other}, legacy_sent_at, sent_position, sent_at, sent_status, sent_price, saved_search_key
    )
    select ${merged.into}, ${other}, legacy_sent_at, sent_position, sent_at, sent_status, sent_price, saved_search_key
    from ops.sent_memory where ${sql.ref(what)} = ${merged.from}
    on conflict (contact_key, listing_key) do update
      set legacy_sent_at = greatest(memory.legacy_sent_at, excluded.legacy_sent_at),
          sent_position = greatest(memory.sent_position, excluded.sent_position),
          sent_at = greatest(memory.sent_at, excluded.sent_at),
          ${laterOf('sent_status')}, ${laterOf('sent_price')},
          saved_search_key = coalesce(memory.saved_search_key, excluded.saved_search_key)`.execute(db);
};

/**
 * Buyers who know a home know its present state: a difference that comes from a correction (documents turned out to be
 * about another home) is not news. An unknown price changes nothing.
 */
export const rememberAsItIs = async (
  db: QueryExecutorProvider,
  listingKey: string,
  home: { readonly standardStatus: string; readonly listPrice: number | null },
): Promise<void> => {
  await sql`
    update ops.sent_memory set sent_status = ${home.standardStatus}, sent_price = coalesce(${home.listPrice}::numeric, sent_price)
    where listing_key = ${listingKey} and sent_at is not null`.execute(db);
};

/** A home that is about to be sent to a buyer, as the buyer will then know it. */
export type SentHome = {
  readonly contactKey: string;
  readonly listingKey: string;
  readonly savedSearchKey: string;
  /** The position in `$all` of the change that led to it. */
  readonly position: bigint;
  /** RESO StandardStatus. */
  readonly standardStatus: string;
  /** The last known price. */
  readonly listPrice: number | null;
};

/**
 * Moves the memory forward, in the transaction that queues the message. Homes that it returns may be sent; the others
 * were already sent. PostgreSQL decides row by row, also between concurrent callers.
 *
 * @param sent each lead and listing at most once
 */
export const rememberSent = async (
  transaction: QueryExecutorProvider,
  sent: readonly SentHome[],
  now: Date,
): Promise<readonly { readonly contactKey: string; readonly listingKey: string }[]> => {
  if (sent.length === 0) return [];
  const { rows } = await sql<{ contactKey: string; listingKey: string }>`
    insert into ops.sent_memory as memory
      (contact_key, listing_key, saved_search_key, sent_position, sent_status, sent_price, sent_at)
    select contact_key, listing_key, saved_search_key, position, status, price, ${now}::timestamptz
    from unnest(
      ${sent.map((one) => one.contactKey)}::text[],
      ${sent.map((one) => one.listingKey)}::text[],
      ${sent.map((one) => one.savedSearchKey)}::text[],
      ${sent.map((one) => one.position)}::bigint[],
      ${sent.map((one) => one.standardStatus)}::text[],
      ${sent.map((one) => one.listPrice)}::numeric[]
    ) as one (contact_key, listing_key, saved_search_key, position, status, price)
    order by contact_key, listing_key
    on conflict (contact_key, listing_key) do update
      set sent_position = excluded.sent_position, sent_status = excluded.sent_status, sent_price = excluded.sent_price,
          sent_at = excluded.sent_at, saved_search_key = excluded.saved_search_key
      where (memory.sent_status, memory.sent_price) is distinct from (excluded.sent_status, excluded.sent_price)
    returning contact_key, listing_key`.execute(camelCased(transaction));
  return rows;
};
