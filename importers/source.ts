/** The seven collections of the legacy CRM, in the order in which they are taken: what is referred to comes first. */
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

/** A value of a document, with the name it stands under and the name of what holds that ('' at the top); one for each part of a list. */
export type Entry = { readonly parent: string; readonly name: string; readonly value: unknown };

/** A document as a source gives it. Everything behind a source is the same, wherever the document came from. */
export type SourceDocument = {
  readonly document: Readonly<Record<string, unknown>>;
  /** The document as the source holds it, for hashing. */
  readonly bytes: Uint8Array;
  /** Where it was found, for a person: `contacts.bson@1234`. */
  readonly place: string;
  /** The whole document as canonical Extended JSON; made only when it is asked for. */
  readonly raw: () => string;
  /**
   * Names and values as they stand in the bytes: also those that a reader drops because the name is there twice. For what must
   * not be missed.
   */
  readonly scan: () => readonly Entry[];
};

/** Something that stands where a document should, whole in itself but unreadable. The documents after it are fine. */
export type UnreadableDocument = {
  readonly unreadable: { readonly code: 'not-bson' | 'not-json' | 'unreadable'; readonly reason: string };
  readonly bytes: Uint8Array;
  readonly place: string;
  readonly raw: () => string;
  /** Names and values that can be recognised in the bytes nevertheless. */
  readonly scan: () => readonly Entry[];
};

/** Why a source could not be read on: which file, at which byte of its (unzipped) content, what to do. */
export type SourceProblem = {
  readonly code: string;
  readonly file: string;
  readonly offset: number;
  readonly message: string;
};

/** One collection of a source. `read` throws a `SourceError` where it cannot go on; what it gave before is good. */
export type SourceCollection = {
  readonly name: LegacyCollection;
  /** Size of what will be read, in the bytes that `onBytes` counts. */
  readonly totalBytes: number;
  read(onBytes?: (bytes: number) => void): AsyncIterable<SourceDocument | UnreadableDocument>;
};

/** What a source has to give, and what was seen beside it. */
export type Source = {
  readonly collections: readonly SourceCollection[];
  /** For a person: collections nobody knows, files left aside. */
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

export const isUnreadable = (found: SourceDocument | UnreadableDocument): found is UnreadableDocument =>
  'unreadable' in found;
