import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleServerStreamingCall, MethodDefinition, ServerWritableStream } from '@grpc/grpc-js';
import type { AllPage, EventStorage, StreamPage } from '../../storage/types.ts';
import { framedMessages, frameMessage } from '../../wire/frames.ts';
import { withStructuredUuids } from '../../wire/structured-uuids.ts';
import { shuttingDown, streamDeleted, toGrpcError } from '../errors.ts';
import type { ServerContext } from '../services.ts';
import { createCheckpoints } from './checkpoints.ts';
import { type ReadRequest, readRequest } from './read-request.ts';

type ReadReq = InstanceType<typeof streams.ReadReq>;

/** The client's method definition, but responses are frames that were encoded when the events were appended. */
export const readMethod: MethodDefinition<ReadReq, Buffer> = {
  ...(StreamsService.read as unknown as MethodDefinition<ReadReq, Buffer>),
  responseSerialize: framedMessages,
};

/** The client disconnected, or the server is closing: nothing more to do. */
class CallEnded extends Error {}
const callEnded = new CallEnded('the call has ended');

type Sender = {
  /** Sends frames; resolves when HTTP/2 has accepted them, so that a slow client delays only its own reads. */
  send(frames: Buffer): Promise<void>;
  signal: AbortSignal;
};

const response = (fill: (message: InstanceType<typeof streams.ReadResp>) => void): Buffer => {
  const message = new streams.ReadResp();
  fill(message);
  return frameMessage(message.serializeBinary());
};

const confirmation = () =>
  response((message) => {
    const confirmed = new streams.ReadResp.SubscriptionConfirmation();
    confirmed.setSubscriptionId(randomUUID());
    message.setConfirmation(confirmed);
  });

const caughtUp = response((message) => message.setCaughtUp(new streams.ReadResp.CaughtUp()));

const streamNotFound = (stream: string) =>
  response((message) => {
    const identifier = new shared.StreamIdentifier();
    identifier.setStreamName(Buffer.from(stream, 'utf8'));
    const notFound = new streams.ReadResp.StreamNotFound();
    notFound.setStreamIdentifier(identifier);
    message.setStreamNotFound(notFound);
  });

const prepareFrames = async (
  storage: EventStorage,
  request: ReadRequest,
  page: { frames: Buffer; hasLinks: boolean },
) => {
  const frames = request.resolveLinks && page.hasLinks ? await storage.resolveLinks(page.frames) : page.frames;
  return request.structuredUuids ? withStructuredUuids(frames) : frames;
};

/** Starts work now that will be awaited later, or never. */
const ahead = <T>(work: Promise<T>): Promise<T> => {
  work.catch(() => {});
  return work;
};

const readAll = async (storage: EventStorage, request: ReadRequest, { send }: Sender): Promise<void> => {
  const { direction, filter } = request;
  let left = request.limit!;
  // A position is before its event: reading backwards from it begins with the previous event.
  const forwardsFrom = request.from === 'start' ? 0 : request.from === 'end' ? Number.POSITIVE_INFINITY : request.from;
  const from = direction === 'backwards' && request.from !== 'end' ? forwardsFrom - 1 : forwardsFrom;
  const to = storage.head();
  const read = (at: number): Promise<AllPage> =>
    ahead(storage.readAll({ direction, from: at, to, limit: left, filter }));
  let next = read(from);
  for (;;) {
    const page = await next;
    left -= page.count;
    const done = page.end || left <= 0;
    if (!done) next = read(page.next);
    if (page.count > 0) await send(await prepareFrames(storage, request, page));
    if (done) return;
  }
};

const readStream = async (
  storage: EventStorage,
  request: ReadRequest,
  stream: string,
  { send }: Sender,
): Promise<void> => {
  const { direction } = request;
  let left = request.limit!;
  const from = request.from === 'start' ? 0 : request.from === 'end' ? Number.POSITIVE_INFINITY : request.from;
  const read = (at: number): Promise<StreamPage> =>
    ahead(storage.readStream({ stream, direction, from: at, limit: left }));
  let next = read(from);
  for (let first = true; ; first = false) {
    const page = await next;
    if (page.found === 'tombstoned') throw streamDeleted(stream);
    if (page.found === 'missing') {
      if (first) await send(streamNotFound(stream));
      return;
    }
    left -= page.count;
    const done = page.end || left <= 0;
    if (!done) next = read(page.next);
    if (page.count > 0) await send(await prepareFrames(storage, request, page));
    if (done) return;
  }
};

const subscribeToAll = async (storage: EventStorage, request: ReadRequest, { send, signal }: Sender): Promise<void> => {
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

const subscribeToStream = async (
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

/** Reads and subscriptions. A subscription is a read that waits for more at the end. */
export const createRead = (context: ServerContext): handleServerStreamingCall<ReadReq, Buffer> => {
  const { storage, closing } = context;

  const serve = (request: ReadRequest, sender: Sender): Promise<void> => {
    const { source } = request;
    if (request.limit === undefined) {
      if (source.kind === 'all') return subscribeToAll(storage, request, sender);
      return subscribeToStream(storage, request, source.stream, sender);
    }
    if (source.kind === 'all') return readAll(storage, request, sender);
    return readStream(storage, request, source.stream, sender);
  };

  return async (call: ServerWritableStream<ReadReq, Buffer>) => {
    const ended = new AbortController();
    // With our own reason: the default is a DOMException with a stack, which costs 36 µs per read.
    const end = () => ended.abort(callEnded);
    call.on('cancelled', end);
    call.on('close', end);
    call.on('error', end);
    closing.addEventListener('abort', end, { once: true });

    let sending: Promise<void> = Promise.resolve();
    const write = (frames: Buffer): Promise<void> =>
      new Promise((resolve, reject) => {
        if (ended.signal.aborted) return reject(callEnded);
        const onEnd = () => reject(callEnded);
        ended.signal.addEventListener('abort', onEnd, { once: true });
        call.write(frames, () => {
          ended.signal.removeEventListener('abort', onEnd);
          resolve();
        });
      });
    // While one page is being sent the next one is fetched, but no more than that.
    const send = async (frames: Buffer) => {
      await sending;
      sending = ahead(write(frames));
    };

    try {
      await serve(readRequest(call.request), { send, signal: ended.signal });
      await sending;
      call.end();
    } catch (error) {
      if (closing.aborted) call.emit('error', shuttingDown());
      else if (!(error instanceof CallEnded)) {
        await sending.catch(() => {});
        call.emit('error', toGrpcError(error));
      }
    } finally {
      closing.removeEventListener('abort', end);
    }
  };
};
