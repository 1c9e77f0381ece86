import { createRequire } from 'node:module';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import type { AppendResult } from '../../storage/types.ts';
import type { BatchAppendOptions } from '../../wire/batch-append.ts';
import { frameMessage } from '../../wire/frames.ts';
import { MAX_APPEND_SIZE } from '../errors.ts';

// google-protobuf has no types for these here, and these two are all that is needed.
const require = createRequire(import.meta.url);
const { Any } = require('google-protobuf/google/protobuf/any_pb.js');
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');

/** Why an append in a batch was refused. */
export type BatchFailure =
  | { kind: 'wrong-expected-version'; actual: number; expected: BatchAppendOptions['expected'] }
  | { kind: 'stream-deleted' }
  | { kind: 'timeout' }
  | { kind: 'too-large' }
  | { kind: 'bad-request'; message: string };

export const batchFailure = (
  result: Exclude<AppendResult, { kind: 'success' }>,
  options: BatchAppendOptions,
): BatchFailure => (result.kind === 'wrong-expected-version' ? { ...result, expected: options.expected } : result);

type Detail = { code: number; message: string; type: string; bytes: Uint8Array };

const detailOf = (failure: BatchFailure, options: BatchAppendOptions): Detail => {
  switch (failure.kind) {
    case 'wrong-expected-version': {
      const detail = new shared.WrongExpectedVersion();
      if (failure.actual < 0) detail.setCurrentNoStream(new Empty());
      else detail.setCurrentStreamRevision(String(failure.actual));
      if (typeof failure.expected === 'bigint') detail.setExpectedStreamPosition(failure.expected.toString());
      else if (failure.expected === 'any') detail.setExpectedAny(new Empty());
      else if (failure.expected === 'no_stream') detail.setExpectedNoStream(new Empty());
      else detail.setExpectedStreamExists(new Empty());
      const bytes = detail.serializeBinary();
      return { code: status.ALREADY_EXISTS, message: 'WrongExpectedVersion', type: 'WrongExpectedVersion', bytes };
    }
    case 'stream-deleted': {
      const detail = new shared.StreamDeleted();
      detail.setStreamIdentifier(shared.StreamIdentifier.deserializeBinary(options.identifier));
      const bytes = detail.serializeBinary();
      return { code: status.FAILED_PRECONDITION, message: 'Stream Deleted', type: 'StreamDeleted', bytes };
    }
    case 'timeout':
      return {
        code: status.DEADLINE_EXCEEDED,
        message: 'Timeout',
        type: 'Timeout',
        bytes: new shared.Timeout().serializeBinary(),
      };
    case 'too-large': {
      const detail = new shared.MaximumAppendSizeExceeded();
      detail.setMaxappendsize(MAX_APPEND_SIZE);
      const message = `Maximum Append Size of ${MAX_APPEND_SIZE} Exceeded.`;
      return {
        code: status.INVALID_ARGUMENT,
        message,
        type: 'MaximumAppendSizeExceeded',
        bytes: detail.serializeBinary(),
      };
    }
    case 'bad-request': {
      const detail = new shared.BadRequest();
      detail.setMessage(failure.message);
      return {
        code: status.INVALID_ARGUMENT,
        message: failure.message,
        type: 'BadRequest',
        bytes: detail.serializeBinary(),
      };
    }
  }
};

/** The framed BatchAppendResp that refuses an append: a google.rpc.Status with the reason in its details. */
export const encodeBatchAppendFailure = (
  correlation: Buffer,
  options: BatchAppendOptions,
  failure: BatchFailure,
): Buffer => {
  const { code, message, type, bytes } = detailOf(failure, options);
  const details = new Any();
  details.pack(bytes, `event_store.client.${type}`);
  const error = new statusPb.Status();
  error.setCode(code as Parameters<typeof error.setCode>[0]);
  error.setMessage(message);
  error.setDetails(details);
  const response = new streams.BatchAppendResp();
  response.setCorrelationId(shared.UUID.deserializeBinary(correlation));
  response.setError(error);
  response.setStreamIdentifier(shared.StreamIdentifier.deserializeBinary(options.identifier));
  if (typeof options.expected === 'bigint') response.setStreamPosition(options.expected.toString());
  else if (options.expected === 'any') response.setAny(new Empty());
  else if (options.expected === 'no_stream') response.setNoStream(new Empty());
  else response.setStreamExists(new Empty());
  return frameMessage(response.serializeBinary());
};
