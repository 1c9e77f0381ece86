import { sql } from 'kysely';
import type { Document, Filter } from 'mongodb';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import { recordTypes } from '../../mappings/record-types.ts';
import { keyInBson } from '../../raw/document-key.ts';
import { contentHashOf, type Found, isUnreadable } from '../../source.ts';
import { idOf } from '../id-order.ts';
import { liveDocument } from '../read-documents.ts';
import { type Gathered, type Gathering, most, pageSize } from './gather.ts';
import { takes, typesOf } from './standings.ts';

/** How many `_id`s are read whole at a time: a document may have 16 MB. */
const wholeAtATime = 10;

/**
 * Adds documents that have the same `_id` as a gathered one, in other collections of its type. They say something else, so none of
 * them may be imported before a person has decided; read alone, one would take the place of the other. If they are too large for
 * one run, the documents whose namesakes are not added are removed: those that were set aside before are the first to be removed.
 *
 * @returns whether nothing else is removed; otherwise, the run must not note that these were read
 */
export const addNamesakes = async (gathering: Gathering, gathered: ReadonlyMap<string, Gathered>): Promise<boolean> => {
  const missing = await missingNamesakes(gathering, gathered);
  const setAside = await lastSetAside(gathering, gathered, missing);
  const turnOf = (key: string): number => setAside.get(key)?.getTime() ?? 0;
  const keys = [...missing.keys()].sort((one, other) => turnOf(one) - turnOf(other));
  let bytes = 0;
  for (let at = 0; at < keys.length; at += wholeAtATime) {
    if (bytes >= most.bytes) {
      const left = keys.slice(at);
      remove(gathered, new Set(left));
      return left.every((key) => setAside.has(key));
    }
    const page = keys.slice(at, at + wholeAtATime).flatMap((key) => missing.get(key)!);
    for (const [collection, into] of gathered) {
      const ids = page.filter((namesake) => namesake.collection === collection).map(({ id }) => id);
      if (ids.length === 0) continue;
      for await (const found of withIds(gathering, collection, ids)) {
        into.found.push(found);
        into.bytes += found.bytes.length;
        bytes += found.bytes.length;
      }
    }
  }
  return true;
};

/** A document that is to be read with another one of the same `_id`, which is in the driver's own types. */
type Namesake = { readonly collection: string; readonly id: unknown };

/** The namesakes that are there and not gathered, by their key. Only `_id`s are read. */
const missingNamesakes = async (
  gathering: Gathering,
  gathered: ReadonlyMap<string, Gathered>,
): Promise<ReadonlyMap<string, readonly Namesake[]>> => {
  const { mongo } = gathering;
  const missing = new Map<string, Namesake[]>();
  for (const [collection, ids] of wantedIds(gathering, gathered)) {
    const there = new Set(gathered.get(collection)!.found.map(keyIn));
    for (let at = 0; at < ids.length; at += pageSize) {
      for await (const found of withIds(gathering, collection, ids.slice(at, at + pageSize), { _id: 1 })) {
        const key = keyIn(found);
        if (key === undefined || there.has(key)) continue;
        there.add(key);
        missing.set(key, [...(missing.get(key) ?? []), { collection, id: idOf(mongo.bson, found.bytes) }]);
      }
    }
  }
  return missing;
};

/** When documents that are in quarantine for their `_id`, with their present contents, were last seen, by their key. */
const lastSetAside = async (
  { db, types }: Gathering,
  gathered: ReadonlyMap<string, Gathered>,
  missing: ReadonlyMap<string, unknown>,
): Promise<ReadonlyMap<string, Date>> => {
  if (missing.size <= wholeAtATime) return new Map();
  const documents = [...gathered.values()].flatMap(({ found }) =>
    found.flatMap((one) => {
      const key = keyIn(one);
      return key !== undefined && missing.has(key) ? [{ key, contentHash: contentHashOf(one) }] : [];
    }),
  );
  const { rows } = await sql<{ key: string; seen_at: Date }>`
    select x.key, min(q.last_seen_at) as seen_at
    from unnest(${documents.map(({ key }) => key)}::text[], ${documents.map(({ contentHash }) => contentHash)}::text[])
      as x (key, content_hash)
    left join ops.quarantine q on q.collection = any (${types.map(({ type }) => recordTypes[type].collection)}::text[])
      and q.legacy_id = x.key and q.content_hash = x.content_hash and q.code = 'id-twice' and q.resolved_at is null
    group by x.key having bool_and(q.legacy_id is not null)`.execute(db);
  return new Map(rows.map(({ key, seen_at }) => [key, seen_at]));
};

/** In which collections to look for which `_id`s. */
const wantedIds = (
  { mongo, types, collections }: Gathering,
  gathered: ReadonlyMap<string, Gathered>,
): ReadonlyMap<string, readonly unknown[]> => {
  const wanted = new Map<string, unknown[]>();
  for (const [name, { found }] of gathered) {
    for (const type of typesOf(types, name)) {
      const others = type.collections.filter((other) => other.name !== name && collections.includes(other.name));
      if (others.length === 0) continue;
      const taken = found.filter((one) => takes(type, name, one));
      const ids = taken.map(({ bytes }) => idOf(mongo.bson, bytes)).filter((id) => id !== undefined);
      for (const other of new Set(others.map((each) => each.name)))
        wanted.set(other, [...(wanted.get(other) ?? []), ...ids]);
    }
  }
  return wanted;
};

async function* withIds(
  { mongo, signal }: Gathering,
  collection: string,
  ids: readonly unknown[],
  projection?: Document,
): AsyncGenerator<Found, void, undefined> {
  const filter = { _id: { $in: ids } } as Filter<Document>;
  const projecting = projection === undefined ? {} : { projection };
  const options = { raw: true, batchSize: pageSize, promoteBuffers: false, ...projecting };
  const cursor = mongo.db.collection(collection).find(filter, options);
  try {
    for await (const bytes of cursor as AsyncIterable<unknown>) {
      signal.throwIfAborted();
      yield liveDocument(mongo.bson, collection, bytes as Uint8Array).found;
    }
  } finally {
    await cursor.close().catch(() => {});
  }
}

const remove = (gathered: ReadonlyMap<string, Gathered>, keys: ReadonlySet<string>): void => {
  for (const { found } of gathered.values()) {
    const left = found.filter((one) => !keys.has(keyIn(one) ?? ''));
    found.splice(0, found.length, ...left);
  }
};

const keyIn = (found: Found): string | undefined => {
  const { buffer, byteOffset, length } = found.bytes;
  const key = keyInBson(Buffer.from(buffer, byteOffset, length));
  return key ?? (isUnreadable(found) ? undefined : documentKey(found.document._id));
};
