import { hash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { keyInBson } from '../../raw/document-key.ts';
import {
  type BsonDocuments,
  type BsonPage,
  contentHashOf,
  isSourceError,
  isUnreadable,
  type SourceDocument,
  type UnreadableDocument,
} from '../../source.ts';
import { contentBits, type DocumentKeys, eachKey } from './document-keys.ts';
import { type HashTable, hashTable, type Key, keyOf } from './hash-table.ts';

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
  /** Whether several documents have this ID; `undefined` if no ID is several documents'. */
  readonly isContested: ((key: Key) => boolean) | undefined;
  /**
   * Classifies a document by its ID and the hash of its content; to be called once for each document that is looked at, in
   * order.
   */
  take(id: string, contentHash: string, key?: Key): Standing;
  /** Notes documents that are not looked at: all but some, by their positions (ascending). */
  pass(keys: DocumentKeys, but: readonly number[]): void;
};

/** What the documents of a page are recognised by, if it is known. */
export type KeysOf = (page: BsonPage) => DocumentKeys | undefined;

/**
 * Reads a collection once only for its IDs, so that we know which IDs belong to several documents before anything is
 * written. If the collection cannot be read any further, it returns the IDs up to there.
 */
export const readIds = async (
  collection: Readable,
  signal: AbortSignal,
  known: KeysOf = () => undefined,
): Promise<CollectionIds> => {
  const contents = hashTable();
  let anyContested = false;
  const note = (key: Key, content: number) => {
    contents.update(key, (before = content) => {
      if (sameContent(before, content)) return before;
      anyContested = true;
      return before | contested;
    });
  };
  let documents = 0;
  try {
    for await (const some of idsIn(collection, known)) {
      signal.throwIfAborted();
      if (Buffer.isBuffer(some)) {
        eachKey(some, note);
        continue;
      }
      for (const { id, contentHash } of some) {
        if (++documents % 500 === 0) await breathe();
        signal.throwIfAborted();
        if (id !== undefined) note(keyOf(id), contentBits(contentHash));
      }
    }
  } catch (error) {
    if (!isSourceError(error)) throw error; // reading it for its content will fail at the same place, and report it
  }
  return collectionIds(contents, anyContested);
};

type Readable = {
  read(): AsyncIterable<SourceDocument | UnreadableDocument>;
  readonly bson?: BsonDocuments;
  readonly mapped: Pick<MappedType, 'collectionOf'>;
};

type Identified = { readonly id: string | undefined; readonly contentHash: string };

async function* idsIn(
  { read, bson, mapped }: Readable,
  known: KeysOf,
): AsyncGenerator<readonly Identified[] | DocumentKeys, void, undefined> {
  if (bson === undefined) {
    for await (const found of read()) yield [identified(found, mapped)];
  } else {
    for await (const page of bson.pages()) {
      const keys = known(page);
      yield keys !== undefined
        ? keys
        : Array.from(page, (raw) => {
            const contentHash = contentHashOf(raw);
            const id = bson.isCorrected?.(contentHash) ? undefined : keyInBson(raw.bytes);
            return id === undefined ? identified(bson.read(raw), mapped) : { id, contentHash };
          });
    }
  }
}

const identified = (found: SourceDocument | UnreadableDocument, mapped: Readable['mapped']): Identified => ({
  id: isUnreadable(found) ? undefined : idOf(found),
  contentHash: contentIn(found, contentHashOf(found), mapped),
});

/** The hash of what a document says: the same bytes say something else in another collection, if its fields depend on that. */
export const contentIn = (
  { place }: Pick<SourceDocument, 'place'>,
  contentHash: string,
  { collectionOf }: Pick<MappedType, 'collectionOf'>,
): string =>
  collectionOf === undefined ? contentHash : hash('sha1', `${contentHash} ${collectionOf(place)}`, 'base64');

const collectionIds = (contents: HashTable, anyContested: boolean): CollectionIds => {
  const variants = hashTable();
  return {
    has: (id) => contents.get(keyOf(id)) !== undefined,
    isContested: anyContested ? (key) => ((contents.get(key) ?? 0) & contested) !== 0 : undefined,
    take(id, contentHash, key = keyOf(id)) {
      const content = contentBits(contentHash);
      let unlike = false;
      const before = contents.update(key, (known = content) => {
        unlike = (known & contested) !== 0 || !sameContent(known, content);
        return unlike ? known : known | taken;
      });
      if (!unlike) return ((before ?? 0) & taken) !== 0 ? 'repeat' : 'single';
      return variants.update(keyOf(`${id} ${contentHash}`), () => taken) === undefined ? 'contested' : 'repeat';
    },
    pass: () => {}, // they were read before
  };
};

/** The IDs of a collection whose `_id`s are unique: a document that comes again was read twice. */
export const uniqueIds = (): CollectionIds => {
  const seen = hashTable();
  return {
    has: (id) => seen.get(keyOf(id)) !== undefined,
    isContested: undefined,
    take: (id, _, key = keyOf(id)) => (seen.update(key, () => taken) === undefined ? 'single' : 'repeat'),
    pass(keys, but) {
      const looked = new Set(but);
      eachKey(keys, (key, _, position) => {
        if (!looked.has(position)) seen.update(key, () => taken);
      });
    },
  };
};

const idOf = ({ document }: SourceDocument): string | undefined => {
  try {
    return documentKey(document._id);
  } catch {
    return undefined; // staging sets it aside
  }
};

/** Two bits in addition to the 30 of a content's hash. */
const contested = 1;
const taken = 2;
const sameContent = (one: number, other: number): boolean => ((one ^ other) & ~3) === 0;
