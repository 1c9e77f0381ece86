import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { handleBidiStreamingCall, MethodDefinition, ServerDuplexStream, ServiceError } from '@grpc/grpc-js';
import { StorageUnavailableError } from '../../storage/errors.ts';
import type { AppendResult, ProposedEvent } from '../../storage/types.ts';
import {
  type BatchAppendOptions,
  type BatchAppendRequest,
  decodeBatchAppendRequest,
  encodeBatchAppendSuccess,
} from '../../wire/batch-append.ts';
import { framedMessages } from '../../wire/frames.ts';
import { type Admission, admissionBytes } from '../admission.ts';
import { shuttingDown, toGrpcError } from '../errors.ts';
import { writableStreamName } from '../names.ts';
import type { ServerContext } from '../services.ts';
import { batchFailure, encodeBatchAppendFailure } from './batch-append-errors.ts';
import { createUnfinishedAppends } from './unfinished-appends.ts';

/** The client's method definition, but with requests decoded and responses encoded by hand. */
export const batchAppendMethod: MethodDefinition<BatchAppendRequest, Buffer> = {
  ...(StreamsService.batchAppend as unknown as MethodDefinition<BatchAppendRequest, Buffer>),
  requestDeserialize: decodeBatchAppendRequest,
  responseSerialize: framedMessages,
};

/** An append that the storage is processing. Once `answered` (its deadline passed), its result is ignored. */
type InFlight = { correlation: Buffer; options: BatchAppendOptions; answered: boolean };

// How often deadlines are checked.
const sweepMs = 100;

/**
 * Many appends share one call; each is answered when it is committed, in any order. Each correlation id is answered
 * exactly once: the client throws on a second answer. Answers that become ready together are sent together.
 */
export const createBatchAppend = (
  context: ServerContext,
  admission: Admission,
): handleBidiStreamingCall<BatchAppendRequest, Buffer> => {
  const { storage } = context;

  return (call: ServerDuplexStream<BatchAppendRequest, Buffer>) => {
    const unfinished = createUnfinishedAppends();
    const inFlight = new Set<InFlight>();
    let gone = false;
    let halfClosed = false;
    let closing = false;
    let answers: Buffer[] = [];
    let sweeper: NodeJS.Timeout | undefined;

    const stop = () => {
      gone = true;
      unfinished.clear();
      inFlight.clear();
      clearInterval(sweeper);
    };
    const end = (error: ServiceError) => {
      if (gone) return;
      stop();
      call.emit('error', error);
    };
    const endIfDone = () => {
      if (inFlight.size > 0 || answers.length > 0 || gone) return;
      if (closing) return end(shuttingDown());
      if (!halfClosed) return;
      stop();
      call.end();
    };
    // Appends that the storage is processing are still answered; no new ones are started.
    const onClosing = () => {
      closing = true;
      unfinished.clear();
      endIfDone();
    };
    context.closing.addEventListener('abort', onClosing, { once: true });

    const flush = () => {
      const frames = answers;
      answers = [];
      if (gone) return;
      // Backpressure: a client that does not read its answers cannot send more until it does.
      if (!call.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames))) {
        call.pause();
        call.once('drain', () => call.resume());
      }
      endIfDone();
    };
    const answer = (frame: Buffer) => {
      if (answers.length === 0) queueMicrotask(flush);
      answers.push(frame);
    };

    const answerResult = (correlation: Buffer, options: BatchAppendOptions, result: AppendResult) => {
      if (result.kind === 'success')
        answer(encodeBatchAppendSuccess(correlation, options, result.revision, result.position));
      else answer(encodeBatchAppendFailure(correlation, options, batchFailure(result, options)));
    };
    const refuse = (
      correlation: Buffer,
      options: BatchAppendOptions,
      failure: Parameters<typeof encodeBatchAppendFailure>[2],
    ) => answer(encodeBatchAppendFailure(correlation, options, failure));

    const run = (correlation: Buffer, options: BatchAppendOptions, events: readonly ProposedEvent[], size: number) => {
      let stream: string;
      try {
        stream = writableStreamName(options.stream);
      } catch (error) {
        refuse(correlation, options, { kind: 'bad-request', message: (error as Error).message });
        return;
      }
      const append: InFlight = { correlation, options, answered: false };
      inFlight.add(append);
      if (options.deadline !== undefined) sweeper ??= setInterval(sweep, sweepMs).unref();
      const bytes = admissionBytes(size, events.length);
      if (!admission.enter(bytes)) {
        call.pause();
        admission.whenFree(() => call.resume());
      }
      storage
        .append({
          stream,
          expected: options.expected,
          events,
          deadline: options.deadline,
          abandoned: () => gone || append.answered,
        })
        .then(
          (result) => {
            inFlight.delete(append);
            if (!gone && !append.answered) answerResult(correlation, options, result);
          },
          (error) => {
            inFlight.delete(append);
            if (append.answered) return;
            if (!(error instanceof StorageUnavailableError)) {
              context.log('error', 'an append failed', { error: (error as Error).message });
            }
            end(toGrpcError(error));
          },
        )
        .finally(() => admission.leave(bytes));
    };

    const sweep = () => {
      if (unfinished.size === 0 && inFlight.size === 0) {
        clearInterval(sweeper);
        sweeper = undefined;
        return;
      }
      const now = Date.now();
      for (const { correlation, options } of unfinished.expire(now)) refuse(correlation, options, { kind: 'timeout' });
      // As on a real node, an append that timed out may still be committed: its client cannot know, and retries.
      for (const append of inFlight) {
        if (append.options.deadline === undefined || append.options.deadline > now) continue;
        inFlight.delete(append);
        append.answered = true;
        refuse(append.correlation, append.options, { kind: 'timeout' });
      }
    };

    const receive = (request: BatchAppendRequest) => {
      if (gone || closing) return;
      const received = unfinished.receive(request);
      switch (received.kind) {
        case 'invalid':
          return end(received.error);
        case 'refused':
          return refuse(request.correlation, received.options, received.failure);
        case 'complete':
          return run(request.correlation, received.options, received.events, received.size);
        case 'unfinished':
          sweeper ??= setInterval(sweep, sweepMs).unref();
      }
    };

    call.on('data', receive);
    call.on('end', () => {
      halfClosed = true;
      endIfDone();
    });
    call.on('cancelled', stop);
    call.on('error', stop);
    call.on('close', () => context.closing.removeEventListener('abort', onClosing));
  };
};
