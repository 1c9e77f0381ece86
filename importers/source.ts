import { hash } from 'node:crypto';

/**
 * The names under which the ledger keeps documents of each record type, whatever the old CRM calls its collections (a
 * home-grown one calls them so); in the order in which they are read: referenced ones come first.
 */
export const legacyCollections = [
  'users',
  'contacts',
  'properties',
  'savedsearches',
  'leadassignments',
  'activities',
  'alerts_sent',
] as const;

export type LegacyCollection = (typeof legacyCollections)[number];

/** A value in a document, with its name and its parent's name ('' at the top level); lists give one entry per item. */
export type Entry = { readonly parent: string; readonly name: string; readonly value: unknown };

/** What is known of a document that does not come from the old CRM itself, but from what openhouse kept of it. */
export type Kept = {
  /** The hash of its bytes in the source, if `bytes` are not those. */
  readonly contentHash?: string;
  /** Its key in the quarantine, if it is there. */
  readonly entryKey?: string;
  /** Whether it is read again even if it is on file unchanged. */
  readonly again?: true;
};

/** A document as a source provides it, the same wherever it comes from. */
export type SourceDocument = Kept & {
  readonly document: Readonly<Record<string, unknown>>;
  /** The document as it is in the source, for hashing. */
  readonly bytes: Uint8Array;
  /** Where it was found, for people: `contacts.bson@1234`. */
  readonly place: string;
  /** The whole document as canonical Extended JSON; computed only on demand. */
  readonly raw: () => string;
  /** As it is in the source, if `document` is a copy that a person corrected. */
  readonly uncorrected?: Readonly<Record<string, unknown>>;
  /**
   * Names and values as they are in the bytes, including those that a reader drops because the name occurs twice. For
   * anything that must not be missed.
   */
  readonly scan: () => readonly Entry[];
};

/** Something unreadable where a document should be. Its end is known, so reading goes on after it. */
export type UnreadableDocument = Kept & {
  readonly unreadable: { readonly code: 'not-bson' | 'not-json' | 'unreadable'; readonly reason: string };
  readonly bytes: Uint8Array;
  readonly place: string;
  readonly raw: () => string;
  /** Names and values that are recognisable in the bytes nevertheless. */
  readonly scan: () => readonly Entry[];
};

/** A document of a source, or something unreadable in its place. */
export type Found = SourceDocument | UnreadableDocument;

/** Stands in the ledger for the hash of a document that is gone. */
export const gone = 'gone';
/** The same for one that write-back is about to insert in the old CRM. */
export const unwritten = 'unwritten';

/** Identifies the content of a document: the hash of its bytes in the source. */
export const contentHashOf = ({ bytes, contentHash }: Pick<SourceDocument, 'bytes' | 'contentHash'>): string =>
  contentHash ?? hash('sha1', bytes, 'base64');

/** Why a source could not be read any further: the file, the byte in its (unzipped) content, and what to do. */
export type SourceProblem = {
  readonly code: string;
  readonly file: string;
  readonly offset: number;
  readonly message: string;
};

/** A document of a BSON source that is not read yet. */
export type RawBson = {
  readonly bytes: Buffer;
  /** Where it begins in the source. */
  readonly offset: number;
};

/**
 * Consecutive documents of a BSON source. Where a page ends depends on what its documents contain (see raw/page.ts), so that
 * of two readings of nearly the same documents most pages are the same.
 */
export type BsonPage = Iterable<RawBson> & {
  readonly length: number;
  at(position: number): RawBson;
  /** Identifies the bytes of all its documents together. */
  readonly fingerprint: string;
};

/** The documents of a BSON source as they are there: one that has not changed need not be read. */
export type BsonDocuments = {
  /** Whether they begin in the middle of the collection, because an earlier reading was interrupted there. */
  readonly startsWithin?: boolean;
  /** In order. Throws like `SourceCollection.read`. */
  pages(onBytes?: (bytes: number) => void): AsyncIterable<BsonPage>;
  read(raw: RawBson): Found;
  /** Whether a person corrected the document with this content: then only reading it gives its `_id`. */
  isCorrected?(contentHash: string): boolean;
};

/**
 * One collection of a source. `read` throws a `SourceError` if it cannot go on; everything that it yielded before is
 * valid.
 */
export type SourceCollection = {
  /** As it is called in the source; which record type it feeds is up to the mapping. */
  readonly name: string;
  /** The size of what will be read, in the bytes that `onBytes` counts. */
  readonly totalBytes: number;
  read(onBytes?: (bytes: number) => void): AsyncIterable<Found>;
  /** The same documents, if they are BSON. */
  readonly bson?: BsonDocuments;
  /** Called when everything up to this document, in the order of reading, is safely staged. */
  onStaged?(last: Found): Promise<void>;
};

/** What a source contains, and notes on what is not read. */
export type Source = {
  /**
   * - `dump`: a whole CRM as it was at some time. It may be older than what is on file, and its files may have been edited,
   *   so that two documents share an `_id`.
   * - `live`: the CRM itself, or a part of it. What it says is the latest, and its `_id`s are unique.
   */
  readonly kind: 'dump' | 'live';
  readonly collections: readonly SourceCollection[];
  /** What the database is called, or the folder with its files. */
  readonly database?: string;
  /** For people: unknown collections, ignored files. */
  readonly notes: readonly string[];
};

export type SourceError = Error & { readonly name: 'SourceError'; readonly problem: SourceProblem };

export const sourceError = (problem: SourceProblem): SourceError =>
  Object.assign(new Error(`${problem.file}, byte ${problem.offset}: ${problem.message}`), {
    name: 'SourceError' as const,
    problem,
  });

export const isSourceError = (error: unknown): error is SourceError =>
  error instanceof Error && error.name === 'SourceError' && 'problem' in error;

export const isUnreadable = (found: Found): found is UnreadableDocument => 'unreadable' in found;
