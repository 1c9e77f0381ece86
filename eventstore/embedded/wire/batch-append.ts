import type { ExpectedRevision, ProposedEvent } from '../storage/types.ts';
import { ProtoReader, varintSize, writeVarint } from './protobuf.ts';
import { uuidFromText } from './uuid.ts';

/** Why a request that is well-formed protobuf is refused. */
export type Refusal =
  | { reason: 'invalid'; message: string }
  | { reason: 'missing-metadata'; property: string }
  | { reason: 'empty-type' };

/** One message of a BatchAppend call. An append may consist of several, joined by the correlation id. */
export type BatchAppendRequest = {
  /** The correlation id's encoded UUID message, returned unchanged. */
  correlation: Buffer;
  options: BatchAppendOptions | undefined;
  events: ProposedEvent[];
  /** Counts towards the append-size limit, as in EventStoreDB: data + metadata + two bytes per character of the type. */
  size: number;
  isFinal: boolean;
  refusal: Refusal | undefined;
};

export type BatchAppendOptions = {
  /** The encoded StreamIdentifier message, returned unchanged. */
  identifier: Buffer;
  stream: Buffer;
  expected: ExpectedRevision;
  /** Milliseconds since the epoch. */
  deadline: number | undefined;
};

const none = Buffer.alloc(0);
const json = 'application/json';
const binary = 'application/octet-stream';

/** A `UUID` message (text or structured) as 16 bytes; undefined if it is not valid. */
export const decodeUuid = (reader: ProtoReader): Buffer | undefined => {
  let uuid: Buffer | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x12) {
      const length = reader.length();
      uuid = uuidFromText(reader.buffer, reader.position(), length);
      reader.advance(length);
    } else if (tag === 0x0a) {
      const structured = reader.message();
      uuid = Buffer.alloc(16);
      for (let part = structured.tag(); part !== 0; part = structured.tag()) {
        if (part === 0x08) uuid.writeBigUInt64BE(structured.uint64(), 0);
        else if (part === 0x10) uuid.writeBigUInt64BE(structured.uint64(), 8);
        else structured.skip(part);
      }
    } else reader.skip(tag);
  }
  return uuid;
};

const isNil = (uuid: Buffer) => uuid.every((byte) => byte === 0);

const decodeProposedMessage = (reader: ProtoReader, request: BatchAppendRequest): void => {
  let id: Buffer | undefined;
  let type: string | undefined;
  let contentType: string | undefined;
  let metadata: Buffer = none;
  let data: Buffer = none;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x0a) id = decodeUuid(reader.message());
    else if (tag === 0x12) {
      const entry = reader.message();
      let key = '';
      let value = '';
      for (let part = entry.tag(); part !== 0; part = entry.tag()) {
        if (part === 0x0a) key = entry.string();
        else if (part === 0x12) value = entry.string();
        else entry.skip(part);
      }
      if (key === 'type') type = value;
      else if (key === 'content-type') contentType = value === json ? json : value;
    } else if (tag === 0x1a) metadata = reader.bytes();
    else if (tag === 0x22) data = reader.bytes();
    else reader.skip(tag);
  }
  if (type === undefined) request.refusal ??= { reason: 'missing-metadata', property: 'type' };
  else if (contentType === undefined) request.refusal ??= { reason: 'missing-metadata', property: 'content-type' };
  else if (type === '') request.refusal ??= { reason: 'empty-type' };
  else if (!id || isNil(id)) request.refusal ??= { reason: 'invalid', message: 'an event has no valid id (UUID)' };
  else {
    request.events.push({ id, type, contentType: contentType === json ? json : binary, data, metadata });
    request.size += data.length + metadata.length + 2 * type.length;
  }
};

const decodeTimestamp = (reader: ProtoReader): number => {
  let milliseconds = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x08) milliseconds += Number(BigInt.asIntN(64, reader.uint64())) * 1000;
    else if (tag === 0x10) milliseconds += Number(BigInt.asIntN(32, reader.uint64())) / 1_000_000;
    else reader.skip(tag);
  }
  return milliseconds;
};

const decodeOptions = (reader: ProtoReader, now: number): BatchAppendOptions => {
  const options: BatchAppendOptions = { identifier: none, stream: none, expected: 'any', deadline: undefined };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x0a) {
      options.identifier = reader.bytes();
      const identifier = new ProtoReader(options.identifier);
      for (let part = identifier.tag(); part !== 0; part = identifier.tag()) {
        if (part === 0x1a) options.stream = identifier.bytes();
        else identifier.skip(part);
      }
    } else if (tag === 0x10) options.expected = reader.uint64();
    else if (tag === 0x1a || tag === 0x22 || tag === 0x2a) {
      reader.bytes();
      options.expected = tag === 0x1a ? 'no_stream' : tag === 0x22 ? 'any' : 'stream_exists';
    } else if (tag === 0x32) options.deadline = decodeTimestamp(reader.message());
    // Field 7 is the newer form of the deadline: a duration instead of a moment.
    else if (tag === 0x3a) options.deadline = now + decodeTimestamp(reader.message());
    else reader.skip(tag);
  }
  return options;
};

/** Decodes one BatchAppendReq. Throws if it is not protobuf. */
export const decodeBatchAppendRequest = (buffer: Buffer): BatchAppendRequest => {
  const request: BatchAppendRequest = {
    correlation: none,
    options: undefined,
    events: [],
    size: 0,
    isFinal: false,
    refusal: undefined,
  };
  const reader = new ProtoReader(buffer);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x0a) request.correlation = reader.bytes();
    else if (tag === 0x12) request.options = decodeOptions(reader.message(), Date.now());
    else if (tag === 0x1a) decodeProposedMessage(reader.message(), request);
    else if (tag === 0x20) request.isFinal = reader.number() !== 0;
    else reader.skip(tag);
  }
  return request;
};

const fieldSize = (length: number): number => 1 + varintSize(length) + length;

const expectedTag = { no_stream: 0x32, any: 0x3a, stream_exists: 0x42 } as const;

/** The framed BatchAppendResp of a successful append. `revision` is -1 if the stream has no events. */
export const encodeBatchAppendSuccess = (
  correlation: Buffer,
  options: BatchAppendOptions,
  revision: number,
  position: number | undefined,
): Buffer => {
  const positionSize = position === undefined ? 0 : 2 * (1 + varintSize(position));
  const successSize = (revision < 0 ? 2 : 1 + varintSize(revision)) + fieldSize(positionSize);
  const expectedSize = typeof options.expected === 'bigint' ? 1 + varintSize(Number(options.expected)) : 2;
  const size =
    fieldSize(correlation.length) + fieldSize(successSize) + fieldSize(options.identifier.length) + expectedSize;
  const frame = Buffer.allocUnsafe(5 + size);
  frame[0] = 0;
  frame.writeUInt32BE(size, 1);
  frame[5] = 0x0a;
  let at = writeVarint(frame, 6, correlation.length);
  at += correlation.copy(frame, at);
  frame[at] = 0x1a;
  at = writeVarint(frame, at + 1, successSize);
  if (revision < 0) {
    frame[at++] = 0x12;
    frame[at++] = 0;
  } else {
    frame[at] = 0x08;
    at = writeVarint(frame, at + 1, revision);
  }
  frame[at++] = position === undefined ? 0x22 : 0x1a;
  frame[at++] = positionSize;
  if (position !== undefined) {
    frame[at] = 0x08;
    at = writeVarint(frame, at + 1, position);
    frame[at] = 0x10;
    at = writeVarint(frame, at + 1, position);
  }
  frame[at] = 0x22;
  at = writeVarint(frame, at + 1, options.identifier.length);
  at += options.identifier.copy(frame, at);
  if (typeof options.expected === 'bigint') {
    frame[at] = 0x28;
    writeVarint(frame, at + 1, Number(options.expected));
  } else {
    frame[at] = expectedTag[options.expected];
    frame[at + 1] = 0;
  }
  return frame;
};
