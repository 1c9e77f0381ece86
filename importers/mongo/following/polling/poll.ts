import type { Document, Filter } from 'mongodb';
import { readBson } from '../../../dump/read-bson.ts';
import { valueAt } from '../../../mappings/path.ts';
import { type Found, isUnreadable } from '../../../source.ts';
import { isSortTooLarge } from '../../explain-error.ts';
import type { FollowState } from '../../follow-state.ts';
import { idOf } from '../../id-order.ts';
import { rawBatches } from '../../read-documents.ts';
import { add, type Gathered, type Gathering, isFull, pageSize, pagesOf } from '../gather.ts';
import { beforeTextsFrom, datedFrom, datePaths, isBefore, momentIn, textsFrom } from './date-forms.ts';
import { dateIn, lateBy, lookBack } from './late-dates.ts';

/** What a poll has seen. */
export type Polled = {
  /** Changes up to here have been read. */
  readonly cursorAt: Date;
  readonly newestChangeAt: Date | null;
  /** The oldest change that is not applied yet. */
  readonly oldestChanged: Date | null;
  /** How much later than its date the latest change came that earlier polls had passed, in ms (see late-dates.ts). */
  readonly late: number;
  readonly complete: boolean;
};

/** Some documents that a poll finds; no later page of the same query has one that was changed before `readTo`. */
type Page = { readonly found: readonly Found[]; readonly readTo: number };

/**
 * Reads what was changed since the cursor, held back by `lagMs`: changes that were committed late, were dated by a
 * clock that is behind, or have the same date as the last one are within that span and are read again. Reading the same
 * again changes nothing. New documents without a date are found by the time in their ObjectId.
 *
 * @param isBehind whether the last round found more than it could apply: then each form of date has a query of its own, in the order
 *   of time, so that the cursor moves while the rest waits. Otherwise one query asks for all forms, because without an index each makes
 *   the old server read the whole collection
 */
export const poll = async (
  gathering: Gathering,
  collection: string,
  state: FollowState,
  { now, lagMs, isBehind }: { readonly now: Date; readonly lagMs: number; readonly isBehind: boolean },
  into: Gathered,
): Promise<Polled> => {
  // A cursor in the future would miss everything until then.
  const cursor = Math.min(state.cursorAt?.getTime() ?? 0, now.getTime());
  const passed = new Date(cursor - lagMs);
  const from = new Date(passed.getTime() - lookBack(state, now));
  const paths = datePaths(gathering.types, collection);
  const dateOf = dateIn(gathering.types, collection);
  let [reached, newest, oldest, late] = [now.getTime(), null as Date | null, null as Date | null, 0];
  const take = async (page: readonly Found[]) => {
    for (const found of page) {
      const date = dateOf(found);
      if (date !== undefined && date <= now && (newest === null || date > newest)) newest = date;
    }
    for (const found of await add(gathering, collection, page, into)) {
      late = Math.max(late, lateBy(dateOf(found), passed, now));
      // A change that the last poll did not see cannot have waited since before it, whatever its date.
      const date = new Date(Math.max((dateOf(found) ?? now).getTime(), passed.getTime()));
      if (oldest === null || date < oldest) oldest = date;
    }
  };
  const queries = [
    ...(isBehind
      ? paths.flatMap((path) => [
          ...datedFrom(path, from, now).map((filter) =>
            inOrderIfPossible((sort) => datedPages(gathering, collection, path, filter, cursor, sort), path),
          ),
          ...textsFrom(path, from, now).map((filter) =>
            inOrderIfPossible((sort) => textPages(gathering, collection, path, from, filter, sort), path),
          ),
        ])
      : [changedPages(gathering, collection, paths, from, now)]),
    newPages(gathering, collection, from),
  ];
  for (const pages of queries) {
    let readTo: number | undefined;
    for await (const page of pages) {
      if (readTo !== undefined && isFull(into)) {
        // The next run begins there. Those with the same date are read again.
        reached = Math.min(reached, readTo);
        break;
      }
      await take(page.found);
      readTo = page.readTo;
    }
  }
  const complete = reached === now.getTime();
  // Never ahead of the server's clock.
  return {
    cursorAt: new Date(Math.max(cursor, reached)),
    newestChangeAt: newest,
    oldestChanged: oldest,
    late,
    complete,
  };
};

type Sort = Readonly<Record<string, 1>>;

/**
 * What a query finds in the order of its dates; in any order where sorting is too much for the server, and then the cursor moves only
 * once all of it is read.
 */
async function* inOrderIfPossible(
  pages: (sort: Sort) => AsyncGenerator<Page, void, undefined>,
  path: string,
): AsyncGenerator<Page, void, undefined> {
  try {
    yield* pages({ [path]: 1 });
  } catch (error) {
    if (!isSortTooLarge(error)) throw error;
    for await (const { found } of pages({})) yield { found, readTo: 0 };
  }
}

/** Documents whose dates say a moment exactly. Sorted by nothing else, which an index on the date alone could not do. */
async function* datedPages(
  gathering: Gathering,
  collection: string,
  path: string,
  filter: Filter<Document>,
  cursor: number,
  sort: Sort,
): AsyncGenerator<Page, void, undefined> {
  for await (const found of pagesOf(gathering, collection, filter, sort)) {
    const last = found.at(-1)!;
    const date = isUnreadable(last) ? undefined : momentIn(valueAt(last.document, path));
    yield { found, readTo: date?.getTime() ?? cursor };
  }
}

/** Documents dated by text of one form. Of those that cannot have been changed since `from`, only the date is read. */
async function* textPages(
  gathering: Gathering,
  collection: string,
  path: string,
  from: Date,
  filter: Filter<Document>,
  sort: Sort,
): AsyncGenerator<Page, void, undefined> {
  for await (const { found, first } of datesFirst(gathering, collection, [path], from, filter, sort))
    yield { found, readTo: beforeTextsFrom(valueAt(first, path)) };
}

/** Documents with a date from then on in any form at any of the paths, in any order: the cursor moves only once all of them are read. */
async function* changedPages(
  gathering: Gathering,
  collection: string,
  paths: readonly string[],
  from: Date,
  now: Date,
): AsyncGenerator<Page, void, undefined> {
  if (paths.length === 0) return;
  const forms = paths.flatMap((path) => [...datedFrom(path, from, now), ...textsFrom(path, from, now)]);
  for await (const { found } of datesFirst(gathering, collection, paths, from, { $or: forms }, {}))
    yield { found, readTo: 0 };
}

/**
 * The documents that a filter finds, without those whose dates say that they were not changed since `from`: of these only the dates are
 * read. With each page comes the first document of it as the filter found it, with its dates alone.
 */
async function* datesFirst(
  gathering: Gathering,
  collection: string,
  paths: readonly string[],
  from: Date,
  filter: Filter<Document>,
  sort: Sort,
): AsyncGenerator<{ readonly found: readonly Found[]; readonly first: Document }, void, undefined> {
  const { mongo, signal } = gathering;
  const cursor = mongo.db.collection(collection).find(filter, {
    raw: true,
    sort,
    projection: Object.fromEntries(paths.map((path) => [path.split('.')[0]!, 1])),
    batchSize: 10_000,
    promoteBuffers: false,
  });
  let ids: unknown[] = [];
  let first: Document = {};
  const whole = async function* () {
    const these = { _id: { $in: ids } } as Filter<Document>;
    for await (const found of pagesOf(gathering, collection, these)) yield { found, first };
    ids = [];
  };
  try {
    for await (const batch of rawBatches(cursor)) {
      signal.throwIfAborted();
      for (const bytes of batch) {
        const read = readBson(Buffer.from(bytes), collection);
        const document: Document = isUnreadable(read) ? {} : read.document;
        if (!isUnreadable(read) && paths.every((path) => isBefore(document, path, from))) continue;
        if (ids.length === 0) first = document;
        ids.push(idOf(mongo.bson, bytes));
        if (ids.length >= pageSize) yield* whole();
      }
    }
    if (ids.length > 0) yield* whole();
  } finally {
    await cursor.close().catch(() => {});
  }
}

/** New documents, by the time in their ObjectIds. */
async function* newPages(gathering: Gathering, collection: string, from: Date): AsyncGenerator<Page, void, undefined> {
  const { ObjectId } = gathering.mongo.bson;
  const seconds = Math.max(0, Math.floor(from.getTime() / 1000));
  const filter = { _id: { $gte: new ObjectId(seconds.toString(16).padStart(8, '0').slice(-8) + '0'.repeat(16)) } };
  for await (const found of pagesOf(gathering, collection, filter, { _id: 1 })) {
    const id = idOf(gathering.mongo.bson, found.at(-1)!.bytes);
    yield { found, readTo: id instanceof ObjectId ? id.getTimestamp().getTime() : 0 };
  }
}
