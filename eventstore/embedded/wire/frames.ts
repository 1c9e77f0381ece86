import type { StoredEvent } from '../storage/types.ts';
import { uuidFieldSize } from './event-frame.ts';
import { ProtoReader, varintSize, writeVarint } from './protobuf.ts';

/**
 * gRPC frames (a zero byte, four bytes of length, the message), many of them back to back in one buffer.
 *
 * grpc-js copies each message into its own frame and passes each to HTTP/2 separately. Passing it a whole page of
 * ready-made frames at once is what makes reads cheap: see `framedMessages`.
 */

/** A message in its frame. */
export const frameMessage = (message: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(message.length + 5);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
};

/**
 * What a method's `responseSerialize` must return so that grpc-js sends `frames` as they are. grpc-js (1.14) allocates
 * `byteLength + 5` bytes, writes a frame header, and calls `copy(output, 5)`: this copy fills the output from 0 instead.
 */
export const framedMessages = (frames: Buffer): Buffer => {
  const passThrough = { byteLength: frames.length - 5, copy: (output: Buffer) => frames.copy(output, 0) };
  return passThrough as unknown as Buffer;
};

/** Calls `each` with the bounds of every message (without its frame header). */
export const eachFrame = (frames: Buffer, each: (start: number, end: number) => void): void => {
  for (let at = 0; at < frames.length; ) {
    const end = at + 5 + frames.readUInt32BE(at + 1);
    each(at + 5, end);
    at = end;
  }
};

/** The position of a framed event that ends at `end`: commit_position is always the last field, so it can be read backwards. */
export const framePosition = (frames: Buffer, end: number): number => {
  let position = frames[end - 1]!;
  for (let at = end - 2; frames[at]! >= 0x80; at--) position = position * 128 + (frames[at]! & 0x7f);
  return position;
};

export type Bounds = { readonly start: number; readonly end: number };

/** Where the stream's name is in the message that begins at `start`: after fields of fixed order (see event-frame.ts). */
export const streamName = (frames: Buffer, start: number): Bounds => {
  // Two enclosing messages, each a tag and a length; the UUID, of fixed size; two more.
  let at = afterVarint(frames, start + 1);
  at = afterVarint(frames, at + 1) + uuidFieldSize;
  at = afterVarint(frames, at + 1) + 1;
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = frames[at++]!;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return { start: at, end: at + length };
  }
};

const afterVarint = (frames: Buffer, at: number): number => {
  let after = at;
  while (frames[after]! >= 0x80) after++;
  return after + 1;
};

/** A recorded event's fields, as views into its frame. */
export type RecordedFields = {
  id: string;
  stream: string;
  revision: number;
  position: number;
  type: string;
  contentType: string;
  created: string;
  metadata: Buffer;
  data: Buffer;
};

const empty = Buffer.alloc(0);

/** Decodes a `RecordedEvent` encoded by `writeEventFrame`. */
export const decodeRecordedEvent = (reader: ProtoReader): RecordedFields => {
  const fields: RecordedFields = {
    id: '',
    stream: '',
    revision: 0,
    position: 0,
    type: '',
    contentType: '',
    created: '',
    metadata: empty,
    data: empty,
  };
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x0a) {
      const uuid = reader.message();
      uuid.tag();
      fields.id = uuid.string();
    } else if (tag === 0x12) {
      const identifier = reader.message();
      identifier.tag();
      fields.stream = identifier.string();
    } else if (tag === 0x18) fields.revision = reader.number();
    else if (tag === 0x28) fields.position = reader.number();
    else if (tag === 0x32) {
      const entry = reader.message();
      entry.tag();
      const key = entry.string();
      entry.tag();
      const value = entry.string();
      if (key === 'type') fields.type = value;
      else if (key === 'content-type') fields.contentType = value;
      else fields.created = value;
    } else if (tag === 0x3a) fields.metadata = reader.bytes();
    else if (tag === 0x42) fields.data = reader.bytes();
    else reader.skip(tag);
  }
  return fields;
};

/** The parts of a framed `ReadResp` event: the encoded `ReadEvent`, and its recorded event and link, if any. */
export type ReadEventParts = { readEvent: Buffer; event?: Buffer; link?: Buffer };

export const readEventParts = (frames: Buffer, start: number, end: number): ReadEventParts => {
  const response = new ProtoReader(frames, start, end);
  response.tag();
  const readEvent = response.bytes();
  const parts: ReadEventParts = { readEvent };
  const reader = new ProtoReader(readEvent);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x0a) parts.event = reader.bytes();
    else if (tag === 0x12) parts.link = reader.bytes();
    else reader.skip(tag);
  }
  return parts;
};

/** The events of a page. */
export const splitFrames = (frames: Buffer): StoredEvent[] => {
  const events: StoredEvent[] = [];
  eachFrame(frames, (start, end) => {
    const parts = readEventParts(frames, start, end);
    const original = decodeRecordedEvent(new ProtoReader(parts.link ?? parts.event ?? empty));
    // A client acknowledges what it sees: a resolved event has its own id, but the link's place.
    events.push({
      position: original.position,
      stream: original.stream,
      revision: original.revision,
      type: original.type,
      id: original.id,
      readEvent: parts.readEvent,
    });
  });
  return events;
};

/** A framed `ReadResp` event of these encoded recorded events. `event` is absent for a broken link. */
export const frameReadEvent = (event: Buffer | undefined, link: Buffer | undefined, position: number): Buffer => {
  const sizeOf = (bytes: Buffer | undefined) => (bytes ? 1 + varintSize(bytes.length) + bytes.length : 0);
  const readEventSize = sizeOf(event) + sizeOf(link) + 1 + varintSize(position);
  const messageSize = 1 + varintSize(readEventSize) + readEventSize;
  const frame = Buffer.allocUnsafe(5 + messageSize);
  frame[0] = 0;
  frame.writeUInt32BE(messageSize, 1);
  frame[5] = 0x0a;
  let place = writeVarint(frame, 6, readEventSize);
  const put = (tag: number, bytes: Buffer | undefined) => {
    if (!bytes) return;
    frame[place] = tag;
    place = writeVarint(frame, place + 1, bytes.length);
    bytes.copy(frame, place);
    place += bytes.length;
  };
  put(0x0a, event);
  put(0x12, link);
  frame[place] = 0x18;
  writeVarint(frame, place + 1, position);
  return frame;
};
