import type { Document, Filter } from 'mongodb';
import type { AnyDatabase } from '../../database.ts';
import { mostAhead } from '../../legacy/date-warnings.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { valueAt } from '../../mappings/path.ts';
import { type Found, isUnreadable } from '../../source.ts';
import type { Mongo } from '../connect.ts';
import type { FollowState } from '../follow-state.ts';
import { liveDocument } from '../read-documents.ts';
import { type Compared, comparedAs, type Standing, standingsOf, typesOf } from './standings.ts';

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
  const { mongo, signal } = gathering;
  const cursor = mongo.db
    .collection(collection)
    .find(filter, { raw: true, batchSize: pageSize, promoteBuffers: false });
  let page: Found[] = [];
  let [count, size] = [0, 0];
  try {
    for await (const bytes of cursor as AsyncIterable<unknown>) {
      signal.throwIfAborted();
      page.push(liveDocument(mongo.bson, collection, bytes as Uint8Array).found);
      count++;
      size += page.at(-1)!.bytes.length;
      if (page.length < pageSize && size < pageBytes) continue;
      await add(gathering, collection, page, into);
      [page, size] = [[], 0];
      if (isFull(into)) return 'full';
    }
    await add(gathering, collection, page, into);
    return count;
  } finally {
    await cursor.close().catch(() => {});
  }
};

/** The paths of a collection's own date of the last change, most used first; without those that no query can name. */
export const datePaths = (types: readonly MappedType[], collection: string): readonly string[] => [
  ...new Set(
    typesOf(types, collection).flatMap(({ pathsIn }) =>
      [...pathsIn(collection)]
        .filter(([path, slots]) => slots.includes('updatedAt') && canBeQueried(path))
        .map(([path]) => path),
    ),
  ),
];

/** MongoDB takes names that begin with a dollar sign for operators, and has none with the character 0. */
export const canBeQueried = (path: string): boolean => !/(?:^|\.)\$|\0/.test(path);

/** What a poll has seen. */
export type Polled = {
  /** Changes up to here have been read. */
  readonly cursorAt: Date;
  readonly newestChangeAt: Date | null;
  /** The oldest change that is not applied yet. */
  readonly oldestChanged: Date | null;
  readonly complete: boolean;
};

/**
 * Reads what was changed since the cursor, held back by `lagMs`: changes that were committed late, were dated by a
 * clock that is behind, or have the same date as the last one are within that span and are read again. Reading the same
 * again changes nothing. New documents without a date are found by the time in their ObjectId.
 */
export const poll = async (
  gathering: Gathering,
  collection: string,
  state: FollowState,
  { now, lagMs }: { readonly now: Date; readonly lagMs: number },
  into: Gathered,
): Promise<Polled> => {
  const { mongo, types, signal } = gathering;
  // A cursor in the future would miss everything until then.
  const cursor = Math.min(state.cursorAt?.getTime() ?? 0, now.getTime());
  const from = new Date(cursor - lagMs);
  const seconds = Math.max(0, Math.floor(from.getTime() / 1000));
  const firstId = new mongo.bson.ObjectId(seconds.toString(16).padStart(8, '0').slice(-8) + '0'.repeat(16));
  const paths = datePaths(types, collection);
  const dateOf = (found: Found): Date | null => {
    const dates = isUnreadable(found) ? [] : paths.map((path) => valueAt(found.document, path));
    const [date] = dates.filter((value): value is Date => value instanceof Date && !Number.isNaN(value.getTime()));
    return date ?? null;
  };
  const queries: { readonly filter: Filter<Document>; readonly sort: Record<string, 1> }[] = [
    ...paths.map((path) => ({
      filter: { [path]: { $gte: from, $lte: new Date(now.getTime() + mostAhead) } },
      sort: { [path]: 1, _id: 1 } as Record<string, 1>,
    })),
    { filter: { _id: { $gte: firstId } } as Filter<Document>, sort: { _id: 1 } },
  ];
  let [reached, newest, oldest] = [now.getTime(), null as Date | null, null as Date | null];
  for (const { filter, sort } of queries) {
    let page: Found[] = [];
    const take = async () => {
      for (const found of page) {
        const date = dateOf(found);
        if (date !== null && date <= now && (newest === null || date > newest)) newest = date;
      }
      for (const found of await add(gathering, collection, page, into)) {
        // A change that the last poll did not see cannot have waited since before it, whatever its date.
        const date = new Date(Math.max((dateOf(found) ?? now).getTime(), from.getTime()));
        if (oldest === null || date < oldest) oldest = date;
      }
      page = [];
    };
    const cursorOfPage = mongo.db
      .collection(collection)
      .find(filter, { raw: true, sort, batchSize: pageSize, promoteBuffers: false });
    try {
      for await (const bytes of cursorOfPage as AsyncIterable<unknown>) {
        signal.throwIfAborted();
        const { found } = liveDocument(mongo.bson, collection, bytes as Uint8Array);
        page.push(found);
        if (page.length < pageSize) continue;
        await take();
        if (isFull(into)) {
          // The next run begins there. Those with the same date are read again.
          reached = Math.min(reached, dateOf(found)?.getTime() ?? cursor);
          break;
        }
      }
      await take();
    } finally {
      await cursorOfPage.close().catch(() => {});
    }
  }
  const complete = reached === now.getTime();
  // Never ahead of the server's clock.
  return { cursorAt: new Date(Math.max(cursor, reached)), newestChangeAt: newest, oldestChanged: oldest, complete };
};
