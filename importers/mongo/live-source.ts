import { errorMessage, userError } from '../../platform/errors.ts';
import { type SourceCollection, sourceError } from '../source.ts';
import type { Mongo } from './connect.ts';
import { explainMongoError, isForbidden } from './explain-error.ts';
import { idFromText, idOf, idText } from './id-order.ts';
import { documentsById, liveDocument, pagesById } from './read-documents.ts';

/** Those of the wanted collections that are in this database, and notes on what is not read. */
export const findLiveCollections = async (
  { db }: Mongo,
  wanted: readonly string[],
): Promise<{ collections: readonly string[]; notes: readonly string[] }> => {
  const names = await namesIn(db);
  if (names === undefined) return { collections: wanted, notes: [] };
  const others = names.filter((name) => !wanted.includes(name) && !name.startsWith('system.')).sort();
  return {
    collections: wanted.filter((name) => names.includes(name)),
    notes: [
      ...(others.length === 0 ? [] : [`ignored, not a collection that the mapping knows: ${others.join(', ')}`]),
      ...wanted.filter((name) => !names.includes(name)).map((name) => `there is no collection ${name}`),
    ],
  };
};

/**
 * The collections that this user may read, and for each of the others the reason why not.
 * @throws UserError if that is none of them
 */
export const readableOf = async (
  mongo: Mongo,
  collections: readonly string[],
): Promise<{ readonly readable: readonly string[]; readonly problems: ReadonlyMap<string, string> }> => {
  const problems = new Map<string, string>();
  for (const name of collections) {
    try {
      await mongo.db.collection(name).findOne({}, { projection: { _id: 1 } });
    } catch (error) {
      if (!isForbidden(error)) throw error;
      problems.set(name, forbidden(mongo, name, error).message);
      if (problems.size === collections.length) throw error;
    }
  }
  return { readable: collections.filter((name) => !problems.has(name)), problems };
};

/**
 * The names of all collections.
 * @throws UserError if the user may not list them
 */
export const collectionsThere = async ({ db, shown }: Mongo): Promise<readonly string[]> => {
  const names = await namesIn(db);
  if (names !== undefined) return names.filter((name) => !name.startsWith('system.')).sort();
  throw userError(`the user may not list the collections of ${shown}`, {
    code: 'mongo-forbidden',
    hint: `Grant it the role \`read\` on the database ${db.databaseName}.`,
  });
};

/** `undefined` if the user may read collections, but not list them. */
const namesIn = async (db: Mongo['db']): Promise<string[] | undefined> => {
  try {
    return (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
};

/** Notes after each batch up to which `_id` a collection has been staged. */
type Resuming = {
  /** The `_id` to begin after, as Extended JSON. */
  readonly after: string | null;
  readonly onStaged: (after: string) => Promise<void>;
  /** Called when the collection is read to its end. */
  readonly onEnd: () => void;
};

/** All documents of a collection, in the order of their `_id`s. */
export const liveCollection = (
  mongo: Mongo,
  name: string,
  resuming: Resuming,
  signal: AbortSignal,
): SourceCollection => {
  const { bson } = mongo;
  const reading = { signal, after: resuming.after === null ? undefined : idFromText(bson, resuming.after) };
  async function* toItsEnd<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
    try {
      yield* items;
      resuming.onEnd();
    } catch (error) {
      signal.throwIfAborted();
      // A user may be allowed to read some collections and not others.
      if (isForbidden(error)) throw forbidden(mongo, name, error);
      throw explainMongoError(error, mongo.shown) ?? error;
    }
  }
  return {
    name,
    totalBytes: 0,
    async *read(onBytes) {
      for await (const { found } of toItsEnd(documentsById(mongo, name, reading))) {
        onBytes?.(found.bytes.length);
        yield found;
      }
    },
    bson: {
      startsWithin: resuming.after !== null,
      pages: (onBytes) => toItsEnd(pagesById(mongo, name, reading, onBytes)),
      read: ({ bytes }) => liveDocument(bson, name, bytes).found,
    },
    async onStaged({ bytes }) {
      const id = idOf(bson, bytes);
      if (id !== undefined) await resuming.onStaged(idText(bson, id));
    },
  };
};

const forbidden = ({ shown, db }: Mongo, name: string, error: unknown) =>
  sourceError({
    code: 'mongo-forbidden',
    file: `${shown} ${name}`,
    offset: 0,
    message: `the user may not read this collection (${errorMessage(error)}). Grant it the role \`read\` on the database ${db.databaseName} and run this again; the other collections are read.`,
  });
