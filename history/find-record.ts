import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { type AggregateName, streamName } from '../domain/events.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { errorCode, userError } from '../platform/errors.ts';
import { slugOf } from './record-types.ts';

/** Where a kind of record is looked up, and by what beside its key and its legacy ids. */
const places: Record<AggregateName, { view: string; key: string; collection: string; others: RawBuilder<unknown> }> = {
  listing: {
    view: 'listings',
    key: 'listing_key',
    collection: 'properties',
    others: sql`listing_id in (wanted.id, upper(wanted.id))`,
  },
  lead: {
    view: 'leads',
    key: 'contact_key',
    collection: 'contacts',
    others: sql`email = lower(wanted.id) or other_emails @> array[lower(wanted.id)]`,
  },
  agent: {
    view: 'agents',
    key: 'member_key',
    collection: 'users',
    others: sql`member_email = lower(wanted.id) or lower(member_full_name) = lower(wanted.id)`,
  },
  savedSearch: { view: 'saved_searches', key: 'saved_search_key', collection: 'savedsearches', others: sql`false` },
};

/** What people call a record, said in a message: it tells what may be given. */
export const idHelp: Record<AggregateName, string> = {
  listing: 'a listing key, an MLS number or a legacy id',
  lead: 'a contact key, an e-mail address or a legacy id',
  agent: 'a member key, an e-mail address, the full name or a legacy id',
  savedSearch: 'a saved search key or a legacy id',
};

export type FoundKeys = ReadonlyMap<string, readonly string[]>;

/**
 * The keys of the records that ids mean: a key, an MLS number (in any case), an e-mail address, an agent's full name, a legacy id with or
 * without its collection (`properties/5f…`, `5f…`). One query for all of them, in the read views; an id that nothing goes by
 * has no entry. Without read views nothing is found.
 */
export const findKeys = async (
  db: QueryExecutorProvider,
  aggregate: AggregateName,
  ids: readonly string[],
): Promise<FoundKeys> => {
  const { view, key, collection, others } = places[aggregate];
  const wanted = [...new Set(ids)].filter((id) => !id.includes('\0'));
  if (wanted.length === 0) return new Map();
  try {
    const { rows } = await sql<{ id: string; key: string }>`
      select wanted.id, found.key
      from unnest(${wanted}::text[]) as wanted(id)
      cross join lateral (
        select ${sql.ref(key)} as key from ${sql.table(`read.${view}`)}
        where ${sql.ref(key)} = wanted.id
        union
        select ${sql.ref(key)} from ${sql.table(`read.${view}`)}
        where legacy_ids && array[wanted.id, ${sql.lit(`${collection}/`)} || wanted.id]
        union
        select ${sql.ref(key)} from ${sql.table(`read.${view}`)}
        where ${others}
      ) as found
      order by wanted.id, found.key`.execute(db);
    const found = new Map<string, string[]>();
    for (const row of rows) found.set(row.id, [...(found.get(row.id) ?? []), row.key]);
    return found;
  } catch (error) {
    // The views are made by the projections' first run.
    if (errorCode(error) === '42P01' || errorCode(error) === '3F000') return new Map();
    throw error;
  }
};

/**
 * The key of the one record that an id means. A key is also found when the read views do not have it (yet).
 * @throws UserError when there is none, or several
 */
export const findRecord = async (
  deps: { db: QueryExecutorProvider; store: Pick<EventStore, 'readStream'> },
  aggregate: AggregateName,
  id: string,
): Promise<string> => {
  const keys = (await findKeys(deps.db, aggregate, [id])).get(id) ?? [];
  if (keys.length === 1) return keys[0]!;
  if (keys.includes(id)) return id;
  if (keys.length > 1) {
    throw userError(
      `"${id}" means ${keys.length} records: ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''}`,
      {
        code: 'record-ambiguous',
        hint: 'Give the key of the one you mean.',
      },
    );
  }
  if (id.length > 0 && id.length <= 200 && !/[\0/@]/.test(id)) {
    for await (const _ of deps.store.readStream(streamName(aggregate, id))) return id;
  }
  throw userError(`there is no ${slugOf(aggregate)} "${id}"`, {
    code: 'record-unknown',
    hint: `Give ${idHelp[aggregate]}. What was just recorded is found by its key at once, by the rest once the read models have caught up.`,
  });
};
