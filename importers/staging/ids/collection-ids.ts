import { setImmediate as breathe } from 'node:timers/promises';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import { keyInBson } from '../../raw/document-key.ts';
import {
  type BsonDocuments,
  contentHashOf,
  isSourceError,
  isUnreadable,
  type SourceDocument,
  type UnreadableDocument,
} from '../../source.ts';
import { type HashTable, hashTable } from './hash-table.ts';

/**
 * How a document relates to the others of its collection:
 * - `single`: no other document has its ID
 * - `repeat`: the same bytes came before
 * - `contested`: another document has the same ID but a different content
 */
export type Standing = 'single' | 'repeat' | 'contested';

/** The IDs of a collection. Memory: about 40 bytes per ID. */
export type CollectionIds = {
  has(id: string): boolean;
  /** Classifies a document by its ID and the hash of its content; to be called once for each document, in order. */
  take(id: string, contentHash: string): Standing;
};

/**
 * Reads a collection once only for its IDs, so that we know which IDs belong to several documents before anything is
 * written. If the collection cannot be read any further, it returns the IDs up to there.
 */
export const readIds = async (collection: Readable, signal: AbortSignal): Promise<CollectionIds> => {
  const contents = hashTable();
  let documents = 0;
  try {
    for await (const batch of idsIn(collection)) {
      for (const { id, contentHash } of batch) {
        if (++documents % 500 === 0) await breathe();
        signal.throwIfAborted();
        if (id === undefined) continue;
        const content = fingerprint(contentHash);
        contents.update(id, (known = content) => (sameContent(known, content) ? known : known | contested));
      }
    }
  } catch (error) {
    if (!isSourceError(error)) throw error; // reading it for its content will fail at the same place, and report it
  }
  return collectionIds(contents);
};

type Readable = {
  read(): AsyncIterable<SourceDocument | UnreadableDocument>;
  readonly bson?: BsonDocuments;
};

type Identified = { readonly id: string | undefined; readonly contentHash: string };

async function* idsIn({ read, bson }: Readable): AsyncGenerator<readonly Identified[], void, undefined> {
  if (bson === undefined) {
    for await (const found of read()) yield [identified(found)];
  } else {
    for await (const batch of bson.batches()) {
      yield batch.map((raw) => {
        const id = keyInBson(raw.bytes);
        return id === undefined ? identified(bson.read(raw)) : { id, contentHash: contentHashOf(raw) };
      });
    }
  }
}

const identified = (found: SourceDocument | UnreadableDocument): Identified => ({
  id: isUnreadable(found) ? undefined : keyOf(found),
  contentHash: contentHashOf(found),
});

const collectionIds = (contents: HashTable): CollectionIds => {
  const variants = hashTable();
  return {
    has: (id) => contents.get(id) !== undefined,
    take(id, contentHash) {
      const content = fingerprint(contentHash);
      let unlike = false;
      const before = contents.update(id, (known = content) => {
        unlike = (known & contested) !== 0 || !sameContent(known, content);
        return unlike ? known : known | taken;
      });
      if (!unlike) return ((before ?? 0) & taken) !== 0 ? 'repeat' : 'single';
      return variants.update(`${id} ${contentHash}`, () => taken) === undefined ? 'contested' : 'repeat';
    },
  };
};

/** The IDs of a collection whose `_id`s are unique: a document that comes again was read twice. */
export const uniqueIds = (): CollectionIds => {
  const seen = hashTable();
  return {
    has: (id) => seen.get(id) !== undefined,
    take: (id) => (seen.update(id, () => taken) === undefined ? 'single' : 'repeat'),
  };
};

const keyOf = ({ document }: SourceDocument): string | undefined => {
  try {
    return documentKey(document._id);
  } catch {
    return undefined; // staging sets it aside
  }
};

/** Two bits in addition to the 30 of a content's hash. */
const contested = 1;
const taken = 2;
const fingerprint = (contentHash: string): number => Buffer.from(contentHash, 'base64').readUInt32LE(0) & ~3;
const sameContent = (one: number, other: number): boolean => ((one ^ other) & ~3) === 0;
