import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * The memory of what was told to whom: one row for each lead and listing, so that it is bounded by what people were told
 * of and not by how often.
 *
 * A change of a listing is news to a lead unless the row says otherwise:
 * - `legacy_sent_at`: the old CRM told of the home then. Its 'New Listing' is never told again, nor any change that
 *   occurred at or before that time; a later price drop is.
 * - `told_position`: we told of the change at that position in `$all`. Only later ones are news. The position and not a
 *   time, because a change can be recorded long after it occurred.
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
    select distinct on (contact_key, listing_key) contact_key, listing_key, sent_at, saved_search_key
    from unnest(
      ${alerts.map((alert) => alert.contactKey)}::text[],
      ${alerts.map((alert) => alert.listingKey)}::text[],
      ${alerts.map((alert) => alert.sentAt)}::timestamptz[],
      ${alerts.map((alert) => alert.savedSearchKey ?? null)}::text[]
    ) as alert (contact_key, listing_key, sent_at, saved_search_key)
    order by contact_key, listing_key, sent_at desc, saved_search_key
    on conflict (contact_key, listing_key) do update
      set legacy_sent_at = excluded.legacy_sent_at,
          saved_search_key = coalesce(memory.saved_search_key, excluded.saved_search_key)
      where memory.legacy_sent_at is null or memory.legacy_sent_at < excluded.legacy_sent_at`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
};

/**
 * A lead (or a listing) turned out to be another one: what the one was told (or what was told of it) counts for the other.
 * Idempotent: the later of both counts.
 */
export const rememberMerged = async (
  db: QueryExecutorProvider,
  what: 'contact_key' | 'listing_key',
  merged: { readonly from: string; readonly into: string },
): Promise<void> => {
  const other = sql.ref(what === 'contact_key' ? 'listing_key' : 'contact_key');
  await sql`
    insert into ops.sent_memory as memory (${sql.ref(what)}, ${other}, legacy_sent_at, told_position, saved_search_key)
    select ${merged.into}, ${other}, legacy_sent_at, told_position, saved_search_key
    from ops.sent_memory where ${sql.ref(what)} = ${merged.from}
    on conflict (contact_key, listing_key) do update
      set legacy_sent_at = greatest(memory.legacy_sent_at, excluded.legacy_sent_at),
          told_position = greatest(memory.told_position, excluded.told_position),
          saved_search_key = coalesce(memory.saved_search_key, excluded.saved_search_key)`.execute(db);
};

/** A change that a lead is about to be told of. */
export type Told = {
  readonly contactKey: string;
  readonly listingKey: string;
  readonly savedSearchKey: string;
  /** The change's position in `$all`. */
  readonly position: bigint;
  /** RESO ChangeType. */
  readonly changeType: string;
  readonly occurredAt: Date;
};

/**
 * Moves the memory forward, in the transaction that queues the message: what comes back may be told, the rest was told
 * before. PostgreSQL decides, row by row, also between two who ask at once.
 *
 * @param told at most one change of each lead and listing
 */
export const rememberTold = async (
  transaction: QueryExecutorProvider,
  told: readonly Told[],
): Promise<readonly { readonly contactKey: string; readonly listingKey: string }[]> => {
  if (told.length === 0) return [];
  const { rows } = await sql<{ contactKey: string; listingKey: string }>`
    with change as (
      select * from unnest(
        ${told.map((one) => one.contactKey)}::text[],
        ${told.map((one) => one.listingKey)}::text[],
        ${told.map((one) => one.savedSearchKey)}::text[],
        ${told.map((one) => one.position)}::bigint[],
        ${told.map((one) => one.changeType)}::text[],
        ${told.map((one) => one.occurredAt)}::timestamptz[]
      ) as change (contact_key, listing_key, saved_search_key, position, change_type, occurred_at)
    )
    insert into ops.sent_memory as memory (contact_key, listing_key, saved_search_key, told_position)
    select contact_key, listing_key, saved_search_key, position from change
    order by contact_key, listing_key
    on conflict (contact_key, listing_key) do update
      set told_position = excluded.told_position, saved_search_key = excluded.saved_search_key
      where (memory.told_position is null or memory.told_position < excluded.told_position)
        and (
          memory.legacy_sent_at is null
          or exists (
            select from change
            where change.contact_key = memory.contact_key and change.listing_key = memory.listing_key
              and change.change_type <> 'New Listing' and change.occurred_at > memory.legacy_sent_at
          )
        )
    returning contact_key as "contactKey", listing_key as "listingKey"`.execute(transaction);
  return rows;
};
