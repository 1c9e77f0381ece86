import type { AnyDatabase } from '../../database.ts';
import { type BsonPage, contentHashOf } from '../../source.ts';
import { type DocumentKeys, eachKey, emptyKeys, putKey, someKey } from '../ids/document-keys.ts';
import { hashTable, type Key } from '../ids/hash-table.ts';
import type { OpenEntries } from '../ids/open-entries.ts';
import { type KnownPage, loadPages, settlePages, storePages } from './stored-pages.ts';

/** A page while it is read. Of each document that has to be looked at, it is noted what became of it. */
export type ReadPage = {
  /** The positions of the documents to look at: all, unless the page is known. */
  readonly lookAt: readonly number[];
  readonly known: KnownPage | undefined;
  /** Whether the source had the same page before: what it says of its documents is counted. */
  readonly isRepeat: boolean;
  /** Counts of the fields that nothing reads in an unknown page. */
  readonly unread: Map<string, number>;
  /** Notes what a document of an unknown page is recognised by. */
  identify(position: number, key: Key, contentHash: string): void;
  /**
   * Notes what became of a document, after everything else about it.
   * @param settled whether it is on file as it is here, so that it need not be looked at again until that changes
   */
  decide(position: number, settled: boolean): void;
  /** Does not remember it. */
  forget(): void;
};

/** The page that a document stands in, and where. */
export type PageEntry = { readonly page: ReadPage; readonly position: number };

/** The pages of a collection, while it is read. */
export type Pages = {
  /** The keys of a page's documents, if it is known. */
  keysOf(page: BsonPage): DocumentKeys | undefined;
  /**
   * Begins a page.
   * @param isContested whether a document must be looked at because others have its ID
   */
  read(page: BsonPage, isContested?: (key: Key) => boolean): ReadPage;
  /** How many pages wait to be stored. */
  waiting(): number;
  /** Notes a transaction that wrote documents as they are in the pages. */
  wrote(transactionId: string): void;
  /** Stores those pages of which all documents are decided. Call it when what was decided is written. */
  store(): Promise<void>;
  /**
   * Forgets what is no longer needed. Call it when everything is stored that was read.
   * @param whole whether that was the whole collection, from its first document to its last
   */
  settle(whole: boolean): Promise<void>;
};

/** A page of which more must be looked at is not worth remembering. */
const mostToLookAt = 0.5;

export type Concerned = {
  /** The collection's documents in quarantine. */
  readonly open: OpenEntries;
  /** See `BsonDocuments`. */
  readonly isCorrected: ((contentHash: string) => boolean) | undefined;
};

/** @param version what a page says counts only for the same version */
export const openPages = async (
  db: AnyDatabase,
  collection: string,
  version: string,
  { open, isCorrected }: Concerned,
): Promise<Pages> => {
  const { pages, changed, snapshot } = await loadPages(db, collection, version);
  const unseen = new Set(pages.keys());
  /** The fingerprints of the pages that were read, and their documents' keys. */
  const begun = new Set<string>();
  const read: DocumentKeys[] = [];
  const written: string[] = [];
  // By fingerprint, because a source may have a page more than once.
  let waiting = new Map<string, KnownPage>();

  const toLookAt = ({ keys, lookAt }: KnownPage, isContested?: (key: Key) => boolean): readonly number[] => {
    if (changed.size() === 0 && open.isEmpty() && isContested === undefined) return lookAt;
    const positions = new Set(lookAt);
    eachKey(keys, (key, _, position) => {
      if (changed.get(key) !== undefined || open.hasKey(key) || isContested?.(key)) positions.add(position);
    });
    return positions.size === lookAt.length ? lookAt : [...positions].sort((one, other) => one - other);
  };

  const knownPage = (page: BsonPage): KnownPage | undefined => {
    const known = pages.get(page.fingerprint);
    if (known === undefined || isCorrected === undefined) return known;
    // Whatever a person corrects was in quarantine, so it is among those to look at.
    return toLookAt(known).some((position) => isCorrected(contentHashOf(page.at(position)))) ? undefined : known;
  };

  return {
    keysOf: (page) => knownPage(page)?.keys,
    read(page, isContested) {
      const { fingerprint, length: documents } = page;
      const known = knownPage(page);
      const lookAt =
        known === undefined
          ? Array.from({ length: documents }, (_, position) => position)
          : toLookAt(known, isContested);
      const keys = known?.keys ?? emptyKeys(documents);
      read.push(keys);
      const isRepeat = begun.has(fingerprint);
      begun.add(fingerprint);
      const unread = new Map<string, number>();
      const again: number[] = [];
      let [left, forgotten] = [lookAt.length, false];
      const decided = () => {
        if (forgotten || again.length > mostToLookAt * documents) return;
        if (isRepeat && known === undefined) return;
        unseen.delete(fingerprint);
        const lookAt = again.sort((one, other) => one - other);
        if (known !== undefined && isSame(known.lookAt, lookAt)) return;
        const counted = known?.unread ?? Object.fromEntries(unread);
        waiting.set(fingerprint, { fingerprint, documents, keys, lookAt, unread: counted });
      };
      if (left === 0) decided();
      return {
        lookAt,
        known,
        isRepeat,
        unread,
        identify(position, key, contentHash) {
          if (known === undefined) putKey(keys, position, key, contentHash);
        },
        decide(position, settled) {
          if (!settled) again.push(position);
          if (--left === 0) decided();
        },
        forget() {
          forgotten = true;
        },
      };
    },
    waiting: () => waiting.size,
    wrote(transactionId) {
      written.push(transactionId);
    },
    async store() {
      const some = [...waiting.values()];
      waiting = new Map();
      await storePages(db, collection, version, some);
    },
    async settle(whole) {
      if (whole) return await settlePages(db, collection, { gone: [...unseen], snapshot, written });
      const there = hashTable();
      for (const keys of read) eachKey(keys, (key) => there.update(key, () => 1));
      const isThere = (key: Key) => there.get(key) !== undefined;
      // What was read of their documents is in other pages.
      const gone = [...unseen].filter((fingerprint) => someKey(pages.get(fingerprint)!.keys, isThere));
      await settlePages(db, collection, { gone, snapshot, written, isThere });
    },
  };
};

const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((position, index) => position === other[index]);
