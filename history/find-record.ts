import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import type { RecordName } from '../domain/catalogue/field.ts';
import { streamName } from '../domain/events.ts';
import { canonicalEmail } from '../domain/identity/email-address.ts';
import { keysMeantBy } from '../domain/identity/legacy-id.ts';
import { mlsNumberKey, mlsNumberParts } from '../domain/listing/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { isNotMadeYet } from '../platform/database/not-made-yet.ts';
import { storableJson, storableText } from '../platform/database/storable.ts';
import { userError } from '../platform/errors.ts';
import { slugOf } from './record-types.ts';

/** Where each kind of record is looked up, and by what besides its key and legacy IDs. */
const places: Record<RecordName, { view: string; key: string; collection: string; others: RawBuilder<unknown> }> = {
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
    others: sql`email = wanted.email or other_emails @> array[wanted.email]`,
  },
  agent: {
    view: 'agents',
    key: 'member_key',
    collection: 'users',
    others: sql`member_email = wanted.email or lower(member_full_name) = lower(wanted.id)`,
  },
  savedSearch: { view: 'saved_searches', key: 'saved_search_key', collection: 'savedsearches', others: sql`false` },
};

/** The IDs that a kind of record can be given by, for messages. */
const idHelp: Record<RecordName, string> = {
  listing: 'a listing key, an MLS number or a legacy ID',
  lead: 'a contact key, an e-mail address or a legacy ID',
  agent: 'a member key, an e-mail address, the full name or a legacy ID',
  savedSearch: 'a saved search key or a legacy ID',
};

export type FoundKeys = ReadonlyMap<string, readonly string[]>;

/**
 * The keys of the records that IDs stand for: a key, an MLS number (in any case, with or without its dash or its
 * board's letters), an e-mail address, an agent's full name, or a legacy ID in any spelling with or without its
 * collection (`properties/5f…`, `ObjectId("5f…")`). A single query on the read views; an unknown ID has no entry.
 * Without read views nothing is found.
 */
export const findKeys = async (
  db: QueryExecutorProvider,
  aggregate: RecordName,
  ids: readonly string[],
): Promise<FoundKeys> => {
  const { view, key, collection, others } = places[aggregate];
  const wanted = [...new Set(ids)].filter((id) => !id.includes('\0'));
  if (wanted.length === 0) return new Map();
  const rowsWanted = wanted.map((id) => ({
    id,
    email: canonicalEmail(id) ?? null,
    legacy_ids: legacyIdsMeant(collection, id),
  }));
  try {
    const { rows } = await sql<{ id: string; key: string }>`
      select wanted.id, found.key
      from json_to_recordset(${storableJson(rowsWanted)}::json) as json (id text, email text, legacy_ids json)
      cross join lateral (select json.id, json.email, array(select json_array_elements_text(json.legacy_ids)) as legacy_ids) as wanted
      cross join lateral (
        select ${sql.ref(key)} as key from ${sql.table(`read.${view}`)}
        where ${sql.ref(key)} = wanted.id
        union
        select ${sql.ref(key)} from ${sql.table(`read.${view}`)}
        where legacy_ids && wanted.legacy_ids
        union
        select ${sql.ref(key)} from ${sql.table(`read.${view}`)}
        where ${others}
      ) as found
      order by wanted.id, found.key`.execute(db);
    const found = new Map<string, string[]>();
    for (const row of rows) found.set(row.id, [...(found.get(row.id) ?? []), row.key]);
    if (aggregate === 'listing') await addByMlsNumber(db, wanted, found);
    return found;
  } catch (error) {
    // The projections' first run creates the views.
    if (isNotMadeYet(error)) return new Map();
    throw error;
  }
};

/** All spellings of an ID of the old CRM, with and without its collection. */
const legacyIdsMeant = (collection: string, id: string): readonly string[] => {
  const bare = id.startsWith(`${collection}/`) ? id.slice(collection.length + 1) : id;
  return [id, ...keysMeantBy(bare).map((key) => `${collection}/${key}`)].map(storableText);
};

/** Listings are also found by MLS numbers as people write them: without the dash, or without the board's letters. */
const addByMlsNumber = async (db: QueryExecutorProvider, ids: readonly string[], found: Map<string, string[]>) => {
  const wanted = ids
    .filter((id) => !found.has(id))
    .map((id) => ({ id, number: mlsNumberKey(id), digits: mlsNumberParts(mlsNumberKey(id)) }))
    .filter(({ number }) => /\d/.test(number));
  if (wanted.length === 0) return;
  const numbers = wanted.map(({ id, number }) => ({ id, number }));
  const digits = wanted.flatMap(({ id, digits }) => (digits?.board === '' ? [{ id, number: digits.digits }] : []));
  // A single pass over all listings, however many numbers there are.
  const { rows } = await sql<{ id: string; key: string }>`
    with listing as (
      select listing_key, regexp_replace(upper(listing_id), '[^A-Z0-9]', '', 'g') as number from read.listings
      where listing_id is not null
    )
    select w.id, l.listing_key as key from listing l
    join json_to_recordset(${storableJson(numbers)}::json) as w (id text, number text) on w.number = l.number
    union
    select w.id, l.listing_key from listing l
    join json_to_recordset(${storableJson(digits)}::json) as w (id text, number text)
      on w.number = regexp_replace(l.number, '^[A-Z]+', '')
    order by id, key`.execute(db);
  for (const { id, key } of rows) found.set(id, [...(found.get(id) ?? []), key]);
};

/**
 * The key of the one record that an ID stands for. A key is found even if the read views do not have it (yet).
 * @throws UserError if there is none, or more than one
 */
export const findRecord = async (
  deps: { db: QueryExecutorProvider; store: Pick<EventStore, 'readStream'> },
  aggregate: RecordName,
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
    hint: `Give ${idHelp[aggregate]}. A new record is found by its key at once, and by the other IDs once the read models have caught up.`,
  });
};
