import { type QueryExecutorProvider, sql } from 'kysely';
import type { StandardStatus } from '../../domain/reso.ts';
import { type HomeForSale, type KnownHome, knownAfter } from '../../matching/news.ts';
import { camelCased } from '../../tables/database.ts';

/** The homes as an agent was last notified of them. */
export const readSentToAgent = async (
  db: QueryExecutorProvider,
  memberKey: string,
  listingKeys: readonly string[],
): Promise<ReadonlyMap<string, KnownHome>> => {
  const { rows } = await sql<{ listingKey: string; standardStatus: StandardStatus; listPrice: number | null }>`
    select listing_key, sent_status as standard_status, sent_price::float8 as list_price
    from ops.agent_match_sent where member_key = ${memberKey} and listing_key = any (${listingKeys})
    for update`.execute(camelCased(db));
  return new Map(rows.map(({ listingKey, ...known }) => [listingKey, known]));
};

/** Remembers what an agent is about to be notified of, in the transaction that queues the message. */
export const rememberSentToAgent = async (
  transaction: QueryExecutorProvider,
  memberKey: string,
  sent: readonly { readonly listingKey: string; readonly known: KnownHome | null; readonly home: HomeForSale }[],
  now: Date,
): Promise<void> => {
  const rows = sent.map(({ listingKey, known, home }) => ({ listingKey, ...knownAfter(known, home) }));
  await sql`
    insert into ops.agent_match_sent (member_key, listing_key, sent_status, sent_price, sent_at)
    select ${memberKey}, listing_key, status, price, ${now}::timestamptz
    from unnest(
      ${rows.map(({ listingKey }) => listingKey)}::text[],
      ${rows.map(({ standardStatus }) => standardStatus)}::text[],
      ${rows.map(({ listPrice }) => listPrice)}::numeric[]
    ) as one (listing_key, status, price)
    on conflict (member_key, listing_key) do update
      set sent_status = excluded.sent_status, sent_price = excluded.sent_price, sent_at = excluded.sent_at`.execute(
    transaction,
  );
};
