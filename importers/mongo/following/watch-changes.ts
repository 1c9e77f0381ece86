import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectMongo, type Mongo } from '../connect.ts';

/** A server that has no change streams may join a replica set, and one that is gone may come back. */
const againAfterMs = 5 * 60_000;
/** How long the server may take to answer that nothing has changed; less than the time limit of a connection. */
const answerMs = 30_000;

/** How long to wait, at the end, for a server that does not answer. */
const endMs = 2_000;

/** Changes that belong together are read together, and a busy CRM does not cause a poll for each of them. */
const gatherMs = 5_000;

/**
 * Calls `onChange` within seconds of a change to one of these collections, if the server reports changes: through change
 * streams, which only members of a replica set have (MongoDB 3.6 and later). Changes can be missed, and a server may have no
 * change streams at all, so this must never be the only way to find them.
 *
 * @returns when the signal is aborted; never fails
 */
export const watchChanges = async (
  url: string,
  collections: readonly string[],
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> => {
  let gathering: NodeJS.Timeout | undefined;
  const changed = () => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      onChange();
    }, gatherMs);
  };
  const stop = AbortSignal.any([signal]);
  // Each collection waits for it.
  setMaxListeners(0, stop);
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  while (!stop.aborted) {
    const watching = watchAll(url, collections, stop, changed);
    await Promise.race([watching, stopped.then(() => sleep(endMs, undefined, { ref: false }))]);
    await pause(stop);
  }
  clearTimeout(gathering);
};

/** Returns at once if the server cannot be reached; never fails. */
const watchAll = async (
  url: string,
  collections: readonly string[],
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> => {
  // Each stream that waits for a change occupies a connection.
  const mongo = await connectMongo(url, { connections: collections.length + 1 }).catch(() => undefined);
  if (mongo === undefined) return;
  await Promise.all(collections.map((name) => watchCollection(mongo, name, signal, onChange)));
  await mongo.close().catch(() => {});
};

const watchCollection = async (
  { db }: Mongo,
  name: string,
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> => {
  while (!signal.aborted) {
    let close = () => {};
    try {
      // What has changed is read by the next poll.
      const stream = db.collection(name).watch([{ $project: { _id: 1 } }], { maxAwaitTimeMS: answerMs });
      close = () => void stream.close().catch(() => {});
      signal.addEventListener('abort', close, { once: true });
      for await (const _ of stream) onChange();
    } catch {
      // No change streams, no permission, a name that no collection can have, the collection was dropped, or the server is gone.
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
    await pause(signal);
  }
};

const pause = (signal: AbortSignal): Promise<void> => sleep(againAfterMs, undefined, { signal }).catch(() => {});
