import { setTimeout as sleep } from 'node:timers/promises';
import type { Document, FindCursor } from 'mongodb';
import { readBson } from '../dump/read-bson.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import { bsonPage, endsPage } from '../raw/page.ts';
import { type BsonPage, isUnreadable, type SourceDocument, type UnreadableDocument } from '../source.ts';
import type { Mongo } from './connect.ts';
import { asMongoError, isPassing } from './explain-error.ts';
import { afterId, idOf } from './id-order.ts';

/** A document as it comes from the server. */
export type LiveDocument = {
  readonly found: SourceDocument | UnreadableDocument;
  /** Its `_id` in the driver's own types; `undefined` if its bytes cannot be read. */
  readonly id: () => unknown;
};

export type Reading = {
  readonly signal: AbortSignal;
  /** How often to try again in a row without getting any further. */
  readonly tries?: number;
  /** The `_id` to begin after. */
  readonly after?: unknown;
  readonly limit?: number;
};

const batchSize = 1_000;
const tries = 6;

/** The documents of a collection in the order of their `_id`s. Goes on and throws like `batchesById`. */
export async function* documentsById(
  mongo: Mongo,
  collection: string,
  reading: Reading,
): AsyncGenerator<LiveDocument, void, undefined> {
  for await (const batch of batchesById(mongo, collection, reading))
    for (const bytes of batch) yield liveDocument(mongo.bson, collection, bytes);
}

/**
 * The same documents in pages, which end where they would in a dump of the collection: two readings of the same documents give
 * the same pages, unless one of them begins in the middle of a page.
 */
export async function* pagesById(
  mongo: Mongo,
  collection: string,
  reading: Reading,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<BsonPage, void, undefined> {
  let documents: Buffer[] = [];
  let ends: number[] = [];
  let [offset, size] = [0, 0];
  const page = () => {
    const whole = bsonPage(Buffer.concat(documents, size), offset, ends);
    onBytes?.(size);
    [documents, ends, offset, size] = [[], [], offset + size, 0];
    return whole;
  };
  for await (const batch of batchesById(mongo, collection, reading)) {
    for (const bytes of batch) {
      documents.push(bytes);
      size += bytes.length;
      ends.push(size);
      if (endsPage(bytes, 0, bytes.length, ends)) yield page();
    }
  }
  if (ends.length > 0) yield page();
}

/**
 * The bytes of a collection's documents in the order of their `_id`s, as many at a time as the server sends. If the cursor
 * expires or the connection breaks, it goes on after the last one.
 * @throws the driver's error if it gets no further after several tries, or may not read
 */
async function* batchesById(
  { db, bson }: Mongo,
  collection: string,
  { signal, tries: most = tries, after, limit = 0 }: Reading,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  let last = after;
  let [failures, sent] = [0, 0];
  for (;;) {
    const filter = last === undefined ? {} : afterId(bson, last);
    const cursor = db
      .collection(collection)
      .find(filter, { raw: true, sort: { _id: 1 }, batchSize, limit: limit && limit - sent, promoteBuffers: false });
    let latest: readonly Buffer[] = [];
    try {
      for await (const batch of rawBatches(cursor)) {
        signal.throwIfAborted();
        yield batch;
        [latest, failures] = [batch, 0];
        sent += batch.length;
        if (limit > 0 && sent >= limit) return;
      }
      return;
    } catch (thrown) {
      signal.throwIfAborted();
      const error = asMongoError(thrown);
      if (!isPassing(error) || ++failures >= most) throw error;
      last = lastIdOf(bson, latest) ?? last;
      await sleep(Math.min(250 * 2 ** failures, 5_000), undefined, { signal });
    } finally {
      await cursor.close().catch(() => {});
    }
  }
}

/** The bytes of the documents of a cursor with `raw: true`, as many at a time as the server sends. */
export async function* rawBatches(cursor: FindCursor<Document>): AsyncGenerator<readonly Buffer[], void, undefined> {
  while (await cursor.hasNext()) {
    const batch = cursor.readBufferedDocuments() as unknown as readonly Uint8Array[];
    yield batch.map(({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length));
  }
}

/** The last `_id` that can be read, among documents in the order of their `_id`s. */
const lastIdOf = (bson: Mongo['bson'], batch: readonly Buffer[]): unknown => {
  for (const bytes of batch.toReversed()) {
    const id = idOf(bson, bytes);
    if (id !== undefined) return id;
  }
  return undefined;
};

/** A document from its bytes, as it would be in a dump. */
export const liveDocument = (bson: Mongo['bson'], collection: string, bytes: Uint8Array): LiveDocument => {
  // In memory of its own: these bytes are a part of what the server sent at once.
  const own = Buffer.from(bytes);
  const found = readBson(own, collection);
  const id = isUnreadable(found) ? undefined : documentKey(found.document._id);
  return { found: { ...found, place: `${collection}/${id ?? '?'}` }, id: () => idOf(bson, own) };
};
