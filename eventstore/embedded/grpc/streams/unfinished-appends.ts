import { type ServiceError, status } from '@grpc/grpc-js';
import type { ProposedEvent } from '../../storage/types.ts';
import { type BatchAppendOptions, type BatchAppendRequest, decodeUuid } from '../../wire/batch-append.ts';
import { ProtoReader } from '../../wire/protobuf.ts';
import { EMPTY_TYPE, grpcError, invalidArgument, MAX_APPEND_EVENTS, MAX_APPEND_SIZE } from '../errors.ts';
import type { BatchFailure } from './batch-append-errors.ts';

/** An append whose last message has not arrived yet. Once `answered`, further messages are ignored. */
type Unfinished = { options: BatchAppendOptions; events: ProposedEvent[]; size: number; answered: boolean };

/** What a message of a call means for the append that it belongs to. */
export type Received =
  /** The call must end. */
  | { readonly kind: 'invalid'; readonly error: ServiceError }
  | { readonly kind: 'refused'; readonly options: BatchAppendOptions; readonly failure: BatchFailure }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unfinished' }
  | {
      readonly kind: 'complete';
      readonly options: BatchAppendOptions;
      readonly events: ProposedEvent[];
      readonly size: number;
    };

// How much one call may have started but not finished.
const maxPendingBytes = 16 * 1024 * 1024;
const maxPendingAppends = 10_000;

/** The appends of one call that have begun and not ended: an append may come in several messages. */
export const createUnfinishedAppends = () => {
  const unfinished = new Map<string, Unfinished>();
  let bytes = 0;

  const failureOf = (request: BatchAppendRequest, options: BatchAppendOptions, size: number, events: number) => {
    if (options.deadline !== undefined && Date.now() >= options.deadline) return { kind: 'timeout' } as const;
    if (request.refusal) return { kind: 'bad-request', message: describeRefusal(request.refusal) } as const;
    return size > MAX_APPEND_SIZE || events > MAX_APPEND_EVENTS ? ({ kind: 'too-large' } as const) : undefined;
  };

  return {
    get size() {
      return unfinished.size;
    },
    receive(request: BatchAppendRequest): Received {
      const { correlation } = request;
      if (!decodeUuid(new ProtoReader(correlation)))
        return { kind: 'invalid', error: invalidArgument('a batch append has no valid correlation id') };
      const key = correlation.toString('latin1');
      const begun = unfinished.get(key);
      const options = begun?.options ?? request.options;
      if (!options) return { kind: 'invalid', error: invalidArgument('a batch append must begin with its options') };
      if (begun?.answered) {
        if (request.isFinal) unfinished.delete(key);
        return { kind: 'ignored' };
      }
      const size = (begun?.size ?? 0) + request.size;
      const failure = failureOf(request, options, size, (begun?.events.length ?? 0) + request.events.length);
      if (begun) bytes -= begun.size;
      if (failure) {
        if (request.isFinal) unfinished.delete(key);
        else unfinished.set(key, { options, events: [], size: 0, answered: true });
        return { kind: 'refused', options, failure };
      }
      const events = begun ? begun.events.concat(request.events) : request.events;
      if (request.isFinal) {
        unfinished.delete(key);
        return { kind: 'complete', options, events, size };
      }
      unfinished.set(key, { options, events, size, answered: false });
      bytes += size;
      if (bytes <= maxPendingBytes && unfinished.size <= maxPendingAppends) return { kind: 'unfinished' };
      const error = grpcError(status.RESOURCE_EXHAUSTED, 'too many unfinished appends on this call');
      return { kind: 'invalid', error };
    },
    /** Those whose deadline has passed; they count as answered. */
    expire(now: number): { readonly correlation: Buffer; readonly options: BatchAppendOptions }[] {
      const expired = [];
      for (const [key, append] of unfinished) {
        if (append.answered || append.options.deadline === undefined || append.options.deadline > now) continue;
        append.answered = true;
        bytes -= append.size;
        append.events = [];
        expired.push({ correlation: Buffer.from(key, 'latin1'), options: append.options });
      }
      return expired;
    },
    clear() {
      unfinished.clear();
    },
  };
};

const describeRefusal = (refusal: NonNullable<BatchAppendRequest['refusal']>): string => {
  if (refusal.reason === 'invalid') return refusal.message;
  return refusal.reason === 'empty-type' ? EMPTY_TYPE : `Required Metadata Property '${refusal.property}' is missing`;
};
