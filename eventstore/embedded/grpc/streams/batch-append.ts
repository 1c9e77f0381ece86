import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  type handleBidiStreamingCall,
  type MethodDefinition,
  type ServerDuplexStream,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { StorageUnavailableError } from '../../storage/errors.ts';
import type { AppendResult, ProposedEvent } from '../../storage/types.ts';
import {
  type BatchAppendOptions,
  type BatchAppendRequest,
  decodeBatchAppendRequest,
  decodeUuid,
  encodeBatchAppendSuccess,
} from '../../wire/batch-append.ts';
import { framedMessages } from '../../wire/frames.ts';
import { ProtoReader } from '../../wire/protobuf.ts';
import { type Admission, admissionBytes } from '../admission.ts';
import {
  EMPTY_TYPE,
  grpcError,
  invalidArgument,
  MAX_APPEND_EVENTS,
  MAX_APPEND_SIZE,
  shuttingDown,
  toGrpcError,
} from '../errors.ts';
import { writableStreamName } from '../names.ts';
import type { ServerContext } from '../services.ts';
import { batchFailure, encodeBatchAppendFailure } from './batch-append-errors.ts';

/** The client's method definition, but with requests decoded and responses encoded by hand. */
export const batchAppendMethod: MethodDefinition<BatchAppendRequest, Buffer> = {
  ...(StreamsService.batchAppend as unknown as MethodDefinition<BatchAppendRequest, Buffer>),
  requestDeserialize: decodeBatchAppendRequest,
  responseSerialize: framedMessages,
};

/** An append whose last message has not arrived yet. Once `answered`, further messages are ignored. */
type Pending = { options: BatchAppendOptions; events: ProposedEvent[]; size: number; answered: boolean };

/** An append that the storage is processing. Once `answered` (its deadline passed), its result is ignored. */
type InFlight = { correlation: Buffer; options: BatchAppendOptions; answered: boolean };

// How often deadlines are checked.
const sweepMs = 100;

// How much one call may have started but not finished.
const maxPendingBytes = 16 * 1024 * 1024;
const maxPendingAppends = 10_000;

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
    const pending = new Map<string, Pending>();
    let pendingBytes = 0;
    const inFlight = new Set<InFlight>();
    let gone = false;
    let halfClosed = false;
    let closing = false;
    let answers: Buffer[] = [];
    let sweeper: NodeJS.Timeout | undefined;

    const stop = () => {
      gone = true;
      pending.clear();
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
      pending.clear();
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
      if (pending.size === 0 && inFlight.size === 0) {
        clearInterval(sweeper);
        sweeper = undefined;
        return;
      }
      const now = Date.now();
      for (const [key, append] of pending) {
        if (append.answered || append.options.deadline === undefined || append.options.deadline > now) continue;
        append.answered = true;
        pendingBytes -= append.size;
        append.events = [];
        refuse(Buffer.from(key, 'latin1'), append.options, { kind: 'timeout' });
      }
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
      const { correlation } = request;
      if (!decodeUuid(new ProtoReader(correlation)))
        return end(invalidArgument('a batch append has no valid correlation id'));
      const key = correlation.toString('latin1');
      const begun = pending.get(key);
      const options = begun?.options ?? request.options;
      if (!options) return end(invalidArgument('a batch append must begin with its options'));
      if (begun?.answered) {
        if (request.isFinal) pending.delete(key);
        return;
      }
      const size = (begun?.size ?? 0) + request.size;
      const late = options.deadline !== undefined && Date.now() >= options.deadline;
      const failure = late
        ? ({ kind: 'timeout' } as const)
        : request.refusal
          ? ({ kind: 'bad-request', message: describeRefusal(request.refusal) } as const)
          : size > MAX_APPEND_SIZE || (begun?.events.length ?? 0) + request.events.length > MAX_APPEND_EVENTS
            ? ({ kind: 'too-large' } as const)
            : undefined;
      if (begun) pendingBytes -= begun.size;
      if (failure) {
        refuse(correlation, options, failure);
        if (request.isFinal) pending.delete(key);
        else pending.set(key, { options, events: [], size: 0, answered: true });
        return;
      }
      const events = begun ? begun.events.concat(request.events) : request.events;
      if (request.isFinal) {
        pending.delete(key);
        run(correlation, options, events, size);
        return;
      }
      pending.set(key, { options, events, size, answered: false });
      pendingBytes += size;
      sweeper ??= setInterval(sweep, sweepMs).unref();
      if (pendingBytes > maxPendingBytes || pending.size > maxPendingAppends) {
        end(grpcError(status.RESOURCE_EXHAUSTED, 'too many unfinished appends on this call'));
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

const describeRefusal = (refusal: NonNullable<BatchAppendRequest['refusal']>): string => {
  if (refusal.reason === 'invalid') return refusal.message;
  return refusal.reason === 'empty-type' ? EMPTY_TYPE : `Required Metadata Property '${refusal.property}' is missing`;
};
