import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { StorageUnavailableError } from '../storage/errors.ts';
import { type ExpectedRevision, TOMBSTONE_REVISION } from '../storage/types.ts';

/** EventStoreDB's limit for one append, in bytes as `BatchAppendRequest.size` counts them. */
export const MAX_APPEND_SIZE = 1_048_576;
/** Events without type and data have no size: they are counted, too. */
export const MAX_APPEND_EVENTS = 65_536;

/** A trailer's value may only hold printable ASCII; anything else is percent-encoded, as in a URL. */
const headerValue = (text: string): string =>
  text.replace(/[^ -~]+/gu, (part) => encodeURIComponent(part.toWellFormed()));

declare global {
  interface String {
    /** In Node 20, but not yet in the library types of ES2023. */
    toWellFormed(): string;
  }
}

/** An error as gRPC carries it: a status code, a text, and trailers (of which `exception` tells a client what it is). */
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

/** In a real node's own words. */
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

/** What calls in progress end with when the server does: clients of EventStoreDB expect CANCELLED then, and reconnect. */
export const shuttingDown = (): ServiceError => grpcError(status.CANCELLED, 'the server is shutting down');

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && 'details' in error;

/** Whatever was thrown, as an error for the wire. What nobody foresaw is INTERNAL, without its stack. */
export const toGrpcError = (error: unknown): ServiceError => {
  if (isServiceError(error)) return error;
  if (error instanceof StorageUnavailableError) return unavailable(error.message);
  return grpcError(status.INTERNAL, error instanceof Error ? error.message : String(error));
};
