import { createRequire } from 'node:module';
import type { EventData } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { eventStoreFailure } from './failure.ts';

// google-protobuf has no usable types here.
const require = createRequire(import.meta.url);
const { Timestamp } = require('google-protobuf/google/protobuf/timestamp_pb.js');
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');

export type Request = InstanceType<typeof streams.BatchAppendReq>;
export type Response = InstanceType<typeof streams.BatchAppendResp>;
type Position = { readonly commit: bigint; readonly prepare: bigint };

/** A node's answer to an append. */
export type Appended =
  | { readonly revision: bigint; readonly position: Position | null }
  | { readonly conflict: bigint | 'no-stream' };

/** At most one message, with the size that servers accept. */
const maxMessageBytes = 3 * 1024 * 1024;

/** The messages of one append: its options and its events, in as many messages as their size needs. */
export function* requestsOf(
  id: string,
  stream: string,
  expected: bigint | 'no-stream',
  events: readonly EventData[],
  deadlineMs: number,
): Generator<Request> {
  const start = (): Request => {
    const request = new streams.BatchAppendReq();
    const correlation = new shared.UUID();
    correlation.setString(id);
    request.setCorrelationId(correlation);
    return request;
  };
  let request = start();
  request.setOptions(optionsOf(stream, expected, deadlineMs));
  let bytes = 0;
  for (const event of events) {
    const { message, size } = proposed(event);
    if (bytes > 0 && bytes + size >= maxMessageBytes) {
      yield request;
      request = start();
      bytes = 0;
    }
    bytes += size;
    request.addProposedMessages(message);
  }
  request.setIsFinal(true);
  yield request;
}

const optionsOf = (stream: string, expected: bigint | 'no-stream', deadlineMs: number) => {
  const options = new streams.BatchAppendReq.Options();
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  options.setStreamIdentifier(identifier);
  options.setDeadline(Timestamp.fromDate(new Date(Date.now() + deadlineMs)));
  if (expected === 'no-stream') options.setNoStream(new Empty());
  else options.setStreamPosition(expected.toString());
  return options;
};

const bytesOf = (part: unknown): Buffer =>
  part instanceof Uint8Array ? Buffer.from(part) : Buffer.from(JSON.stringify(part));

const proposed = ({ id, type, contentType, data, metadata }: EventData) => {
  const message = new streams.BatchAppendReq.ProposedMessage();
  const uuid = new shared.UUID();
  uuid.setString(id);
  message.setId(uuid);
  message.getMetadataMap().set('type', type).set('content-type', contentType);
  const body = bytesOf(data);
  message.setData(body);
  const more = metadata === undefined ? undefined : bytesOf(metadata);
  if (more !== undefined) message.setCustomMetadata(more);
  return { message, size: body.length + (more?.length ?? 0) + type.length + 100 };
};

/** Which append is answered. */
export const idOf = (response: Response): string => {
  const id = response.getCorrelationId();
  if (id?.hasString()) return id.getString();
  const structured = id?.getStructured();
  if (structured === undefined) return '';
  const hex = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const text = hex(structured.getMostSignificantBits()) + hex(structured.getLeastSignificantBits());
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** @throws errors that `failureOf` understands, for any answer but success and a conflict */
export const answerOf = (response: Response): Appended => {
  const error = response.getError();
  if (error !== undefined) return refusalOf(response, error.getCode(), error.getMessage());
  const success = response.getSuccess();
  if (success === undefined) {
    const cause = 'the event store gave an empty answer';
    throw eventStoreFailure({ kind: 'unknown-outcome', cause });
  }
  const position = success.getPosition();
  return {
    revision: BigInt(success.getCurrentRevision()),
    position:
      position === undefined
        ? null
        : { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) },
  };
};

const refusalOf = (response: Response, code: number, message: string): Appended => {
  const details = response.getError()?.getDetails();
  const type = details?.getTypeName() ?? '';
  if (type === 'event_store.client.WrongExpectedVersion') {
    const conflict = details!.unpack(shared.WrongExpectedVersion.deserializeBinary, type)!;
    return {
      conflict: conflict.hasCurrentStreamRevision() ? BigInt(conflict.getCurrentStreamRevision()) : 'no-stream',
    };
  }
  const cause = message || type.replace(/^event_store\.client\./, '') || 'an append was refused without a reason';
  switch (type) {
    case 'event_store.client.AccessDenied':
      throw eventStoreFailure({ kind: 'refused', refusal: 'right', cause });
    case 'event_store.client.StreamDeleted':
    case 'event_store.client.MaximumAppendSizeExceeded':
    case 'event_store.client.InvalidTransaction':
    case 'event_store.client.BadRequest':
      throw eventStoreFailure({ kind: 'refused', refusal: 'request', cause });
    case 'event_store.client.Timeout':
      throw eventStoreFailure({ kind: 'unknown-outcome', cause });
  }
  // A node that is starting, too busy, or no longer the leader returns a code without details.
  throw Object.assign(new Error(cause), { code: code === 0 ? 14 : code });
};
