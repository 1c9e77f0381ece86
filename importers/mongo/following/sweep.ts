import type { Document, Filter } from 'mongodb';
import type { Found } from '../../source.ts';
import type { Mongo } from '../connect.ts';
import { isForbidden } from '../explain-error.ts';
import { liveDocument } from '../read-documents.ts';
import { add, datePaths, day, type Gathered, type Gathering, isFull, pageSize } from './gather.ts';
import { noteMissing } from './gone.ts';
import { typesLedBy } from './standings.ts';

/** What a sweep has seen of a collection; columns of `ops.import_follow`. */
export type Seen = {
  readonly documents: number;
  /** Without a date of the last change, or with one that is not a date. */
  readonly undated: number;
  /** Dated more than a day ahead. */
  readonly dated_ahead: number;
  /** Whether an index begins with the date; `null` if there is none, or the user may not list indexes. */
  readonly indexed_yn: boolean | null;
};

/**
 * Finds what polls by date cannot: which documents are gone (only `_id`s are read), and changes of those whose date is no
 * date or far in the future (only these are read). Otherwise it costs the old server one look at its indexes.
 */
export const sweep = async (
  gathering: Gathering,
  collection: string,
  now: Date,
  into: Gathered,
): Promise<{ readonly complete: boolean; readonly seen?: Seen }> => {
  const { mongo, types, collections } = gathering;
  const paths = datePaths(types, collection);
  const [path] = paths;
  // Counting them exactly would take as long as reading them.
  const documents = await mongo.db.collection(collection).estimatedDocumentCount();
  // Without any date, new documents are found by their `_id`, and changes when all contents are compared.
  if (path === undefined) {
    for (const type of typesLedBy(types, collection, collections)) await noteMissing(gathering, type);
    return { complete: true, seen: { documents, undated: documents, dated_ahead: 0, indexed_yn: null } };
  }
  const undated = { $and: paths.map((each) => ({ [each]: { $not: { $type: 9 } } })) };
  const ahead = { $or: paths.map((each) => ({ [each]: { $gt: new Date(now.getTime() + day) } })) };
  const counts: number[] = [];
  for (const filter of [undated, ahead]) {
    const count = await addAll(gathering, collection, filter, into);
    if (count === 'full') return { complete: false };
    counts.push(count);
  }
  for (const type of typesLedBy(types, collection, collections)) await noteMissing(gathering, type);
  const seen = { documents, undated: counts[0]!, dated_ahead: counts[1]! };
  return { complete: true, seen: { ...seen, indexed_yn: await isIndexed(mongo, collection, path) } };
};

/** Adds the changed ones among the documents that a filter finds. @returns how many it finds, or that enough were gathered before the end */
const addAll = async (
  gathering: Gathering,
  collection: string,
  filter: Filter<Document>,
  into: Gathered,
): Promise<number | 'full'> => {
  const { mongo, signal } = gathering;
  const cursor = mongo.db
    .collection(collection)
    .find(filter, { raw: true, batchSize: pageSize, promoteBuffers: false });
  let page: Found[] = [];
  let count = 0;
  try {
    for await (const bytes of cursor as AsyncIterable<unknown>) {
      signal.throwIfAborted();
      page.push(liveDocument(mongo.bson, collection, bytes as Uint8Array).found);
      count++;
      if (page.length < pageSize) continue;
      await add(gathering, collection, page, into);
      page = [];
      if (isFull(into)) return 'full';
    }
    await add(gathering, collection, page, into);
    return count;
  } finally {
    await cursor.close().catch(() => {});
  }
};

const isIndexed = async ({ db }: Mongo, collection: string, path: string): Promise<boolean | null> => {
  try {
    const indexes = await db.collection(collection).indexes();
    return indexes.some(({ key }) => Object.keys(key)[0] === path);
  } catch (error) {
    // There is no such collection (any longer), or the user may not list its indexes.
    if (isForbidden(error) || isMissing(error)) return null;
    throw error;
  }
};

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 26;
