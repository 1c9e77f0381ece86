import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import { isSourceError, isUnreadable, type SourceCollection, type SourceDocument } from '../../source.ts';
import { type HashTable, hashTable } from './hash-table.ts';

/**
 * What a document is beside the others of its collection:
 * - `single`: no other document has its id
 * - `repeat`: the same bytes came before
 * - `contested`: another document has its id and says something else
 */
export type Standing = 'single' | 'repeat' | 'contested';

/** The ids that a collection holds. Memory: about 40 bytes per id. */
export type CollectionIds = {
  has(id: string): boolean;
  /** What a document is, by its id and the hash of its content; to be asked once for each document, in order. */
  take(id: string, contentHash: string): Standing;
};

/**
 * Reads a collection once for its ids alone, so that before anything is written we know which ids stand for several documents.
 * Where the collection cannot be read on, it gives the ids up to there.
 */
export const readIds = async (collection: SourceCollection, signal: AbortSignal): Promise<CollectionIds> => {
  const contents = hashTable();
  let documents = 0;
  try {
    for await (const found of collection.read()) {
      if (++documents % 500 === 0) await breathe();
      signal.throwIfAborted();
      const id = isUnreadable(found) ? undefined : keyOf(found);
      if (id === undefined) continue;
      const content = fingerprint(hash('sha1', found.bytes, 'base64'));
      contents.update(id, (known = content) => (sameContent(known, content) ? known : known | contested));
    }
  } catch (error) {
    if (!isSourceError(error)) throw error; // reading it for its content will come to the same place, and report it
  }
  return collectionIds(contents);
};

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

const keyOf = ({ document }: SourceDocument): string | undefined => {
  try {
    return documentKey(document._id);
  } catch {
    return undefined; // staging sets it aside
  }
};

/** Two bits beside the 30 of a content's hash. */
const contested = 1;
const taken = 2;
const fingerprint = (contentHash: string): number => Buffer.from(contentHash, 'base64').readUInt32LE(0) & ~3;
const sameContent = (one: number, other: number): boolean => ((one ^ other) & ~3) === 0;
