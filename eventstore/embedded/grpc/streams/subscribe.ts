import type { AllPage, EventStorage } from '../../storage/types.ts';
import { streamDeleted } from '../errors.ts';
import { createCheckpoints } from './checkpoints.ts';
import { ahead, callEnded, caughtUp, confirmation, prepareFrames, type Sender } from './read-frames.ts';
import type { ReadRequest } from './read-request.ts';

/** A subscription is a read that waits for more at the end: it only ends when the call does. */
export const subscribeToAll = async (
  storage: EventStorage,
  request: ReadRequest,
  { send, signal }: Sender,
): Promise<void> => {
  const { filter } = request;
  const withCheckpoints = filter && createCheckpoints(request.checkpointEvery);
  let at = (request.from === 'start' ? 0 : request.from === 'end' ? storage.head() : request.from) + 1;
  await send(confirmation());
  const read = (): Promise<AllPage> =>
    ahead(storage.readAll({ direction: 'forwards', from: at, limit: Number.MAX_SAFE_INTEGER, filter }));
  let isLive = false;
  let next = read();
  for (;;) {
    const page = await next;
    const from = at;
    at = page.next;
    const atHead = at > storage.head();
    // Prefetch the next page while this one is being sent.
    if (!atHead) next = read();
    const events = page.count > 0 ? await prepareFrames(storage, request, page) : page.frames;
    const frames = withCheckpoints ? withCheckpoints(events, from, page.last) : events;
    if (frames.length > 0) await send(frames);
    if (atHead) {
      if (!isLive) await send(caughtUp);
      isLive = true;
      await storage.waitForAll(at - 1, signal);
    }
    if (signal.aborted) throw callEnded;
    if (atHead) next = read();
  }
};

/** @throws `stream deleted` if it was deleted for good */
export const subscribeToStream = async (
  storage: EventStorage,
  request: ReadRequest,
  stream: string,
  { send, signal }: Sender,
) => {
  let cursor = request.from === 'start' ? 0 : request.from === 'end' ? Number.POSITIVE_INFINITY : request.from + 1;
  let isLive = false;
  let confirmed = false;
  for (;;) {
    const page = await storage.readStream({
      stream,
      direction: 'forwards',
      from: cursor,
      limit: Number.MAX_SAFE_INTEGER,
    });
    if (page.found === 'tombstoned') throw streamDeleted(stream);
    if (!confirmed) await send(confirmation());
    confirmed = true;
    if (page.found === 'yes') {
      if (page.count > 0) await send(await prepareFrames(storage, request, page));
      cursor = cursor === Number.POSITIVE_INFINITY ? page.lastRevision + 1 : page.next;
    } else
      cursor = cursor === Number.POSITIVE_INFINITY ? page.lastRevision + 1 : Math.max(cursor, page.lastRevision + 1);
    if (page.found === 'missing' || page.end) {
      if (!isLive) await send(caughtUp);
      isLive = true;
      await storage.waitForStream(stream, cursor - 1, signal);
    }
    if (signal.aborted) throw callEnded;
  }
};
