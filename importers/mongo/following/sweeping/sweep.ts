import type { Mongo } from '../../connect.ts';
import { isForbidden } from '../../explain-error.ts';
import { addAll, type Gathered, type Gathering } from '../gather.ts';
import { datePaths, notPolled } from '../polling/date-forms.ts';
import { typesLedBy } from '../standings.ts';
import { sweepIds } from './sweep-ids.ts';

/** What a sweep has seen of a collection; columns of `ops.import_follow`. */
export type Seen = {
  readonly documents: number;
  /** Without a date of the last change in a form that polls can find. */
  readonly undated: number;
  /** Dated more than a day ahead. */
  readonly dated_ahead: number;
  /** The dates with which no index begins; `null` if the user may not list indexes. */
  readonly not_indexed: readonly string[] | null;
};

/**
 * Finds what polls by date cannot: which documents are gone or new (only `_id`s are read, and the new documents), and
 * changes of those whose date is of another form or far in the future (only these are read). Otherwise it costs the old
 * server one look at its indexes.
 *
 * @param into where the documents of a collection are gathered
 */
export const sweep = async (
  gathering: Gathering,
  collection: string,
  now: Date,
  into: (collection: string) => Gathered,
): Promise<{ readonly complete: boolean; readonly seen?: Seen }> => {
  const { mongo, types, collections } = gathering;
  const compareIds = async () => {
    for (const type of typesLedBy(types, collection, collections))
      if (!(await sweepIds(gathering, type, into))) return false;
    return true;
  };
  const paths = datePaths(types, collection);
  // Counting them exactly would take as long as reading them.
  const documents = await mongo.db.collection(collection).estimatedDocumentCount();
  // Without any date, changes are found when all contents are compared.
  if (paths.length === 0) {
    if (!(await compareIds())) return { complete: false };
    return { complete: true, seen: { documents, undated: documents, dated_ahead: 0, not_indexed: [] } };
  }
  const { undated, ahead } = notPolled(paths, now);
  const counts: number[] = [];
  for (const filter of [undated, ahead]) {
    const count = await addAll(gathering, collection, filter, into(collection));
    if (count === 'full') return { complete: false };
    counts.push(count);
  }
  if (!(await compareIds())) return { complete: false };
  const seen = { documents, undated: counts[0]!, dated_ahead: counts[1]! };
  return { complete: true, seen: { ...seen, not_indexed: await notIndexed(mongo, collection, paths) } };
};

/** One that is hashed, or has only some of the documents, does not help to find the latest. */
const notIndexed = async (
  { db }: Mongo,
  collection: string,
  paths: readonly string[],
): Promise<readonly string[] | null> => {
  try {
    const indexes = await db.collection(collection).indexes();
    const helping = indexes.flatMap(({ key, partialFilterExpression }) => {
      const [[path, kind] = []] = Object.entries(key);
      return path === undefined || typeof kind !== 'number' || partialFilterExpression !== undefined ? [] : [path];
    });
    return paths.filter((path) => !helping.includes(path));
  } catch (error) {
    if (isForbidden(error) || hasNoIndexes(error)) return null;
    throw error;
  }
};

/** There is no such collection (any longer), or it is a view. */
const hasNoIndexes = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && (error.code === 26 || error.code === 166);
