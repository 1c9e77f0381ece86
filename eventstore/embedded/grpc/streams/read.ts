import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleServerStreamingCall, MethodDefinition, ServerWritableStream } from '@grpc/grpc-js';
import type { AllPage, EventStorage, StreamPage } from '../../storage/types.ts';
import { framedMessages } from '../../wire/frames.ts';
import { shuttingDown, streamDeleted, toGrpcError } from '../errors.ts';
import type { ServerContext } from '../services.ts';
import { ahead, CallEnded, callEnded, prepareFrames, type Sender, streamNotFound } from './read-frames.ts';
import { type ReadRequest, readRequest } from './read-request.ts';
import { subscribeToAll, subscribeToStream } from './subscribe.ts';

type ReadReq = InstanceType<typeof streams.ReadReq>;

/** The client's method definition, but responses are frames that were encoded when the events were appended. */
export const readMethod: MethodDefinition<ReadReq, Buffer> = {
  ...(StreamsService.read as unknown as MethodDefinition<ReadReq, Buffer>),
  responseSerialize: framedMessages,
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
