import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { StorageUnavailableError } from '../storage/errors.ts';
import { type ExpectedRevision, TOMBSTONE_REVISION } from '../storage/types.ts';

/** EventStoreDB's limit for one append, in bytes as counted by `BatchAppendRequest.size`. */
export const MAX_APPEND_SIZE = 1_048_576;
/** Events without type and data have no size, so their number is limited too. */
export const MAX_APPEND_EVENTS = 65_536;

/** A trailer's value may only contain printable ASCII; everything else is percent-encoded, as in a URL. */
const headerValue = (text: string): string =>
  text.replace(/[^ -~]+/gu, (part) => encodeURIComponent(part.toWellFormed()));

declare global {
  interface String {
    /** Available in Node 20, but missing in the ES2023 library types. */
    toWellFormed(): string;
  }
}

/** An error as gRPC carries it: a status code, a message, and trailers (`exception` tells a client which error it is). */
export const grpcError = (code: status, details: string, trailers: Record<string, string> = {}): ServiceError => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, headerValue(value));
  const text = details.toWellFormed();
  return Object.assign(new Error(text), { code, details: text, metadata });
};

export const invalidArgument = (details: string): ServiceError => grpcError(status.INVALID_ARGUMENT, details);

export const missingMetadata = (property: string): ServiceError =>
  grpcError(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });

/** A real node's exact wording. */
export const EMPTY_TYPE = "Empty eventType provided. (Parameter 'eventType')";

export const streamDeleted = (stream: string): ServiceError =>
  grpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const maximumAppendSizeExceeded = (): ServiceError =>
  grpcError(status.INVALID_ARGUMENT, `Maximum Append Size of ${MAX_APPEND_SIZE} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(MAX_APPEND_SIZE),
  });

const expectedNumber = { any: -2, no_stream: -1, stream_exists: -4 } as const;

export const wrongExpectedVersion = (stream: string, expected: ExpectedRevision, actual: number): ServiceError => {
  const wanted = String(typeof expected === 'bigint' ? expected : expectedNumber[expected]);
  const found = actual >= TOMBSTONE_REVISION ? '9223372036854775807' : String(actual);
  return grpcError(
    status.FAILED_PRECONDITION,
    `Append failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${wanted}, Actual version: ${found}`,
    { exception: 'wrong-expected-version', 'stream-name': stream, 'expected-version': wanted, 'actual-version': found },
  );
};

export const deadlineExceeded = (): ServiceError => grpcError(status.DEADLINE_EXCEEDED, 'Deadline exceeded');

export const unavailable = (details: string): ServiceError => grpcError(status.UNAVAILABLE, details);

/** How calls in progress end when the server shuts down: EventStoreDB clients expect CANCELLED, and reconnect. */
export const shuttingDown = (): ServiceError => grpcError(status.CANCELLED, 'the server is shutting down');

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && 'details' in error;

/** Anything thrown, as a gRPC error. Unexpected errors become INTERNAL, without their stack. */
export const toGrpcError = (error: unknown): ServiceError => {
  if (isServiceError(error)) return error;
  if (error instanceof StorageUnavailableError) return unavailable(error.message);
  return grpcError(status.INTERNAL, error instanceof Error ? error.message : String(error));
};
