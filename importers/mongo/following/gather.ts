import type { Document, Filter } from 'mongodb';
import type { AnyDatabase } from '../../database.ts';
import type { MappedType } from '../../mappings/compile.ts';
import type { Found } from '../../source.ts';
import type { Mongo } from '../connect.ts';
import { liveDocument } from '../read-documents.ts';
import { type Compared, comparedAs, type Standing, standingsOf } from './standings.ts';

/** At most this much is gathered before it is applied, so that memory stays flat. */
export const most = { documents: 5_000, bytes: 32 * 1024 * 1024 };
export const pageSize = 500;
const pageBytes = 8 * 1024 * 1024;

/** Changed documents of a collection, until there are enough for one run. */
export type Gathered = { readonly found: Found[]; bytes: number };

export type Gathering = {
  readonly mongo: Mongo;
  readonly db: AnyDatabase;
  readonly types: readonly MappedType[];
  /** The collections of the mapping that are there. */
  readonly collections: readonly string[];
  readonly signal: AbortSignal;
};

export const isFull = ({ found, bytes }: Gathered): boolean => found.length >= most.documents || bytes >= most.bytes;

/** Adds those that changed. */
export const add = async (
  gathering: Gathering,
  collection: string,
  page: readonly Found[],
  into: Gathered,
): Promise<readonly Found[]> => {
  const standings = await addCompared(gathering, collection, page.map(comparedAs), into);
  return page.filter((_, at) => standings[at] === 'changed');
};

/** The same for documents that are not read yet. @returns the standing of each */
export const addCompared = async (
  { db, types }: Gathering,
  collection: string,
  documents: readonly Compared[],
  into: Gathered,
): Promise<readonly Standing[]> => {
  const there = new Set(into.found.map(({ place }) => place));
  const standings = await standingsOf(db, types, collection, documents);
  for (const [at, document] of documents.entries()) {
    if (standings[at] !== 'changed') continue;
    const found = document.found();
    // Without an _id, its place is that of others too.
    if (document.id !== undefined && there.has(found.place)) continue;
    into.found.push(found);
    into.bytes += found.bytes.length;
  }
  return standings;
};

/** Adds the changed ones among the documents that a filter finds. @returns how many it finds, or that enough were gathered before the end */
export const addAll = async (
  gathering: Gathering,
  collection: string,
  filter: Filter<Document>,
  into: Gathered,
): Promise<number | 'full'> => {
  let count = 0;
  for await (const page of pagesOf(gathering, collection, filter)) {
    await add(gathering, collection, page, into);
    if (isFull(into)) return 'full';
    count += page.length;
  }
  return count;
};

/** The documents that a filter finds, some at a time. */
export async function* pagesOf(
  { mongo, signal }: Pick<Gathering, 'mongo' | 'signal'>,
  collection: string,
  filter: Filter<Document>,
  sort: Readonly<Record<string, 1>> = {},
): AsyncGenerator<readonly Found[], void, undefined> {
  const cursor = mongo.db
    .collection(collection)
    .find(filter, { raw: true, sort, batchSize: pageSize, promoteBuffers: false });
  let page: Found[] = [];
  let size = 0;
  try {
    for await (const bytes of cursor as AsyncIterable<unknown>) {
      signal.throwIfAborted();
      page.push(liveDocument(mongo.bson, collection, bytes as Uint8Array).found);
      size += page.at(-1)!.bytes.length;
      if (page.length < pageSize && size < pageBytes) continue;
      yield page;
      [page, size] = [[], 0];
    }
    if (page.length > 0) yield page;
  } finally {
    await cursor.close().catch(() => {});
  }
}

/** MongoDB takes names that begin with a dollar sign for operators, and has none with the character 0. */
export const canBeQueried = (path: string): boolean => !/(?:^|\.)\$|\0/.test(path);
