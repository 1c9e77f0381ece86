export type DumpFormat = 'bson' | 'json';

/** A file of a dump by its name. */
export type Entry = {
  readonly folder: string;
  readonly file: string;
  readonly collection: string;
  readonly format: DumpFormat;
  readonly gzip: boolean;
};

/** Files that mongodump writes next to the collections, and that openhouse does not need. */
const belongings = /^(?:.+\.metadata\.json|prelude\.json|oplog\.bson|system\..+)(?:\.gz)?$/;
const data = /^(?<stem>.+)\.(?<format>bson|json|jsonl|ndjson)(?<gzip>\.gz)?$/;

/** Whether a file has the name of a file with documents, or with what belongs to them. */
export const isNamedLikeData = (file: string): boolean => data.test(file);

/**
 * The collection whose documents a file has, by its name; `undefined` if it has none. The file of a collection that has
 * such a name itself (`wanted`) is that collection's.
 */
export const entryOf = (folder: string, file: string, wanted: readonly string[] | 'all'): Entry | undefined => {
  const { stem, format, gzip } = data.exec(file)?.groups ?? {};
  if (stem === undefined || belongings.test(file)) return undefined;
  const collection = wanted !== 'all' && wanted.includes(stem) ? stem : unescaped(stem);
  return { folder, file, collection, format: format === 'bson' ? 'bson' : 'json', gzip: gzip !== undefined };
};

/** The collection that a file with metadata is about. */
export const metadataOf = (file: string): string | undefined => {
  const stem = /^(?<stem>.+)\.metadata\.json(?:\.gz)?$/.exec(file)?.groups?.stem;
  return stem === undefined ? undefined : unescaped(stem);
};

/** A collection's name in the name of a file: mongodump escapes it like a part of a URL (`lead%20files.bson`). */
const unescaped = (stem: string): string => {
  try {
    return decodeURIComponent(stem);
  } catch {
    return stem; // a `%` of its own
  }
};
