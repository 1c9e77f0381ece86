import { setTimeout as sleep } from 'node:timers/promises';
import { readBson } from '../dump/read-bson.ts';
import { documentKey } from '../legacy/fields/ids/document-id.ts';
import { isUnreadable, type SourceDocument, type UnreadableDocument } from '../source.ts';
import type { Mongo } from './connect.ts';
import { isPassing } from './explain-error.ts';
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

/**
 * The documents of a collection in the order of their `_id`s. If the cursor expires or the connection breaks, it goes on
 * after the last one.
 * @throws the driver's error if it gets no further after several tries, or may not read
 */
export async function* documentsById(
  { db, bson }: Mongo,
  collection: string,
  { signal, tries: most = tries, after, limit = 0 }: Reading,
): AsyncGenerator<LiveDocument, void, undefined> {
  let lastId = () => after;
  let [failures, left] = [0, limit];
  for (;;) {
    const last = lastId();
    const filter = last === undefined ? {} : afterId(bson, last);
    const cursor = db
      .collection(collection)
      .find(filter, { raw: true, sort: { _id: 1 }, batchSize, limit: left, promoteBuffers: false });
    try {
      for await (const bytes of cursor as AsyncIterable<unknown>) {
        signal.throwIfAborted();
        const document = liveDocument(bson, collection, bytes as Uint8Array);
        yield document;
        [lastId, failures] = [document.id, 0];
        if (limit > 0 && --left === 0) return;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error) || ++failures >= most) throw error;
      await sleep(Math.min(250 * 2 ** failures, 5_000), undefined, { signal });
    } finally {
      await cursor.close().catch(() => {});
    }
  }
}

/** A document from its bytes, as it would be in a dump. */
export const liveDocument = (bson: Mongo['bson'], collection: string, bytes: Uint8Array): LiveDocument => {
  const own = Buffer.from(bytes); // the driver reuses its buffer
  const found = readBson(own, collection);
  const id = isUnreadable(found) ? undefined : documentKey(found.document._id);
  return { found: { ...found, place: `${collection}/${id ?? '?'}` }, id: () => idOf(bson, own) };
};
