import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * The memory of what was told to whom: one small row for each buyer (lead) and home (listing), however often they are told.
 * It holds the home as the buyer knows it; what is news is the difference between that and the home now (see
 * matching/news.ts).
 *
 * - `told_status`, `told_price`, `told_at`: the home as we last told of it, and when. A price that became unknown
 *   ("Call") stays the last known one. `told_position` is the change (in `$all`) that led to it, `saved_search_key` the
 *   search.
 * - `legacy_sent_at`: the old CRM told of the home then; at which price, it did not keep.
 *
 * It is bounded by `pruneMemory` (schedulers/alerts): rows of homes that left the market long ago, and of leads that are
 * gone, are forgotten.
 */

/** One e-mail of the old CRM: the lead was told of the listing at `sentAt` (ISO 8601), because of that search if known. */
export type LegacyAlert = {
  readonly contactKey: string;
  readonly listingKey: string;
  readonly savedSearchKey?: string | null;
  readonly sentAt: string;
};

/**
 * Takes over what the old CRM had sent, a batch at a time (some thousands of rows do well). Idempotent: the latest
 * `sentAt` of each lead and listing is kept, in whatever order and however often they come.
 *
 * @param db a kysely or a transaction of it
 * @returns how many rows were new or moved the memory forward
 * @example await rememberLegacyAlerts(db, [{ contactKey, listingKey, savedSearchKey, sentAt: '2024-05-01T12:00:00Z' }]);
 */
export const rememberLegacyAlerts = async (
  db: QueryExecutorProvider,
  alerts: readonly LegacyAlert[],
): Promise<number> => {
  if (alerts.length === 0) return 0;
  const result = await sql`
    insert into ops.sent_memory as memory (contact_key, listing_key, legacy_sent_at, saved_search_key)
    select distinct on (contact_key, listing_key) contact_key, listing_key,
      -- A time ahead was written while a clock was wrong: what was sent, was sent by now.
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
 * A lead (or a listing) turned out to be another one: what the one was told (or what was told of it) counts for the other.
 * Where both were told of one home, the later telling is what the buyer knows. Idempotent.
 */
export const rememberMerged = async (
  db: QueryExecutorProvider,
  what: 'contact_key' | 'listing_key',
  merged: { readonly from: string; readonly into: string },
): Promise<void> => {
  const other = sql.ref(what === 'contact_key' ? 'listing_key' : 'contact_key');
  const later = sql`coalesce(excluded.told_at > memory.told_at, memory.told_at is null)`;
  const laterOf = (column: string) =>
    sql`${sql.ref(column)} = case when ${later} then ${sql.ref(`excluded.${column}`)} else ${sql.ref(`memory.${column}`)} end`;
  await sql`
    insert into ops.sent_memory as memory (
      ${sql.ref(what)}, ${other}, legacy_sent_at, told_position, told_at, told_status, told_price, saved_search_key
    )
    select ${merged.into}, ${other}, legacy_sent_at, told_position, told_at, told_status, told_price, saved_search_key
    from ops.sent_memory where ${sql.ref(what)} = ${merged.from}
    on conflict (contact_key, listing_key) do update
      set legacy_sent_at = greatest(memory.legacy_sent_at, excluded.legacy_sent_at),
          told_position = greatest(memory.told_position, excluded.told_position),
          told_at = greatest(memory.told_at, excluded.told_at),
          ${laterOf('told_status')}, ${laterOf('told_price')},
          saved_search_key = coalesce(memory.saved_search_key, excluded.saved_search_key)`.execute(db);
};

/**
 * Whoever was told of a home knows it as it is: what became different by a correction (documents that turned out to tell of another
 * home) is no news. A price that is not known changes nothing.
 */
export const rememberAsItIs = async (
  db: QueryExecutorProvider,
  listingKey: string,
  home: { readonly standardStatus: string; readonly listPrice: number | null },
): Promise<void> => {
  await sql`
    update ops.sent_memory set told_status = ${home.standardStatus}, told_price = coalesce(${home.listPrice}::numeric, told_price)
    where listing_key = ${listingKey} and told_at is not null`.execute(db);
};

/** A home that a buyer is about to be told of, as the buyer knows it from then on. */
export type Told = {
  readonly contactKey: string;
  readonly listingKey: string;
  readonly savedSearchKey: string;
  /** The change that led to it, by its position in `$all`. */
  readonly position: bigint;
  /** RESO StandardStatus. */
  readonly standardStatus: string;
  /** The last price that was known. */
  readonly listPrice: number | null;
};

/**
 * Moves the memory forward, in the transaction that queues the message: what comes back may be told, the rest was told
 * already. PostgreSQL decides, row by row, also between two who ask at once.
 *
 * @param told each lead and listing at most once
 */
export const rememberTold = async (
  transaction: QueryExecutorProvider,
  told: readonly Told[],
  now: Date,
): Promise<readonly { readonly contactKey: string; readonly listingKey: string }[]> => {
  if (told.length === 0) return [];
  const { rows } = await sql<{ contactKey: string; listingKey: string }>`
    insert into ops.sent_memory as memory
      (contact_key, listing_key, saved_search_key, told_position, told_status, told_price, told_at)
    select contact_key, listing_key, saved_search_key, position, status, price, ${now}::timestamptz
    from unnest(
      ${told.map((one) => one.contactKey)}::text[],
      ${told.map((one) => one.listingKey)}::text[],
      ${told.map((one) => one.savedSearchKey)}::text[],
      ${told.map((one) => one.position)}::bigint[],
      ${told.map((one) => one.standardStatus)}::text[],
      ${told.map((one) => one.listPrice)}::numeric[]
    ) as one (contact_key, listing_key, saved_search_key, position, status, price)
    order by contact_key, listing_key
    on conflict (contact_key, listing_key) do update
      set told_position = excluded.told_position, told_status = excluded.told_status, told_price = excluded.told_price,
          told_at = excluded.told_at, saved_search_key = excluded.saved_search_key
      where (memory.told_status, memory.told_price) is distinct from (excluded.told_status, excluded.told_price)
    returning contact_key as "contactKey", listing_key as "listingKey"`.execute(transaction);
  return rows;
};
