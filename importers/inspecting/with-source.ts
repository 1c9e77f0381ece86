import { openDump } from '../dump/open-dump.ts';
import { connectMongo, isMongoUrl } from '../mongo/connect.ts';
import { collectionsThere, liveCollection } from '../mongo/live-source.ts';
import type { Source } from '../source.ts';

/**
 * Runs `work` with all the collections of a dump folder or one of its files, or of a live MongoDB by its address.
 *
 * @param work is given the source and its name for people, without a password
 * @throws UserError if there is nothing to read, or the server cannot be reached
 */
export const withSource = async <Result>(
  given: string,
  signal: AbortSignal,
  work: (source: Source, name: string) => Promise<Result>,
): Promise<Result> => {
  if (!isMongoUrl(given)) return await work(await openDump(given, 'all'), given);
  const mongo = await connectMongo(given);
  try {
    const fromTheStart = { after: null, onStaged: async () => {}, onEnd: () => {} };
    const names = await collectionsThere(mongo);
    const collections = names.map((name) => liveCollection(mongo, name, fromTheStart, signal));
    return await work({ kind: 'live', database: mongo.db.databaseName, collections, notes: [] }, mongo.shown);
  } finally {
    await mongo.close();
  }
};
