import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Cursor } from '../reader/cursor.ts';
import { eventStoreFailure } from './failure.ts';

type Response = InstanceType<typeof streams.BatchAppendResp>;
type Position = { readonly commit: bigint; readonly prepare: bigint };

/** A node's answer to an append. */
export type Appended =
  | { readonly revision: bigint; readonly position: Position | null }
  | { readonly conflict: bigint | 'no-stream' };

/**
 * An answer as received. Most are decoded by hand, because the generated classes take longer than everything else about
 * an answer.
 */
export type Answer = { readonly id: string } & (
  | { readonly revision: bigint; readonly position: Position | null }
  | { readonly response: Response }
);

export const decodeAnswer = (bytes: Buffer): Answer => {
  const cursor = new Cursor(bytes);
  let id = '';
  let revision: bigint | undefined;
  let position: Position | null = null;
  for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
    const outer = tag === correlationTag || tag === successTag ? cursor.enter() : undefined;
    if (outer === undefined) {
      cursor.skip(tag);
      continue;
    }
    for (let inner = cursor.tag(); inner !== 0; inner = cursor.tag()) {
      if (tag === correlationTag && inner === textTag) id = cursor.text();
      else if (tag === successTag && inner === revisionTag) revision = cursor.uint64();
      else if (tag === successTag && inner === positionTag) position = positionIn(cursor);
      else cursor.skip(inner);
    }
    cursor.leave(outer);
  }
  if (id !== '' && revision !== undefined) return { id, revision, position };
  const response = streams.BatchAppendResp.deserializeBinary(bytes);
  return { id: idOf(response), response };
};

const correlationTag = (1 << 3) | 2;
const successTag = (3 << 3) | 2;
const textTag = (2 << 3) | 2;
const revisionTag = 1 << 3;
const positionTag = (3 << 3) | 2;

const positionIn = (cursor: Cursor): Position => {
  let [commit, prepare] = [0n, 0n];
  const outer = cursor.enter();
  for (let tag = cursor.tag(); tag !== 0; tag = cursor.tag()) {
    if (tag === 1 << 3) commit = cursor.uint64();
    else if (tag === 2 << 3) prepare = cursor.uint64();
    else cursor.skip(tag);
  }
  cursor.leave(outer);
  return { commit, prepare };
};

/** Which append is answered. */
const idOf = (response: Response): string => {
  const id = response.getCorrelationId();
  if (id?.hasString()) return id.getString();
  const structured = id?.getStructured();
  if (structured === undefined) return '';
  const hex = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const text = hex(structured.getMostSignificantBits()) + hex(structured.getLeastSignificantBits());
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** @throws errors that `failureOf` understands, for any answer but success and a conflict */
export const answerOf = (answer: Answer): Appended => {
  if ('revision' in answer) return answer;
  const { response } = answer;
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
      throw eventStoreFailure({ kind: 'refused', refusal: 'deleted', cause });
    case 'event_store.client.MaximumAppendSizeExceeded':
      throw eventStoreFailure({ kind: 'refused', refusal: 'size', cause });
    case 'event_store.client.InvalidTransaction':
    case 'event_store.client.BadRequest':
      throw eventStoreFailure({ kind: 'refused', refusal: 'request', cause });
    case 'event_store.client.Timeout':
      throw eventStoreFailure({ kind: 'unknown-outcome', cause });
  }
  // A node that is starting, too busy, or no longer the leader returns a code without details.
  throw Object.assign(new Error(cause), { code: code === 0 ? 14 : code });
};
