import { varintSize, writeVarint } from './protobuf.ts';
import { writeUuidText } from './uuid.ts';

/**
 * An event is encoded once, when it is appended, as the gRPC-framed `ReadResp` sent to every reader:
 *
 *     0x00, length (4 bytes)                                  the gRPC frame
 *     ReadResp.event { event: RecordedEvent, commit_position }
 *
 * These are the bytes in the `frame` column; reading passes them through.
 */
export type EventToEncode = {
  id: Buffer;
  /** The stream's name in UTF-8. */
  stream: Buffer;
  revision: number;
  position: number;
  /** The event type in UTF-8. */
  type: Buffer;
  contentType: Buffer;
  /** .NET ticks since the Unix epoch, as digits. */
  created: Buffer;
  metadata: Buffer;
  data: Buffer;
};

const keys = { type: Buffer.from('type'), contentType: Buffer.from('content-type'), created: Buffer.from('created') };
/** The size of an event's UUID, its first field. */
export const uuidFieldSize = 2 + 2 + 36;

const fieldSize = (length: number) => 1 + varintSize(length) + length;
const mapEntrySize = (key: Buffer, value: Buffer) => fieldSize(key.length) + fieldSize(value.length);

const recordedEventSize = (event: EventToEncode): number => {
  const positionSize = 1 + varintSize(event.position);
  return (
    uuidFieldSize +
    fieldSize(fieldSize(event.stream.length)) +
    1 +
    varintSize(event.revision) +
    2 * positionSize +
    fieldSize(mapEntrySize(keys.type, event.type)) +
    fieldSize(mapEntrySize(keys.contentType, event.contentType)) +
    fieldSize(mapEntrySize(keys.created, event.created)) +
    (event.metadata.length > 0 ? fieldSize(event.metadata.length) : 0) +
    (event.data.length > 0 ? fieldSize(event.data.length) : 0)
  );
};

/** An upper bound of the bytes that `writeEventFrame` needs. */
export const eventFrameBound = (event: EventToEncode): number =>
  180 + event.stream.length + event.type.length + event.contentType.length + event.metadata.length + event.data.length;

const writeBytes = (target: Buffer, at: number, tag: number, bytes: Buffer): number => {
  target[at] = tag;
  const place = writeVarint(target, at + 1, bytes.length);
  bytes.copy(target, place);
  return place + bytes.length;
};

const writeNumber = (target: Buffer, at: number, tag: number, value: number): number => {
  target[at] = tag;
  return writeVarint(target, at + 1, value);
};

const writeMapEntry = (target: Buffer, at: number, key: Buffer, value: Buffer): number => {
  target[at] = 0x32;
  let place = writeVarint(target, at + 1, mapEntrySize(key, value));
  place = writeBytes(target, place, 0x0a, key);
  return writeBytes(target, place, 0x12, value);
};

/** Writes the frame and returns the offset after it. */
export const writeEventFrame = (target: Buffer, at: number, event: EventToEncode): number => {
  const recordedSize = recordedEventSize(event);
  const readEventSize = fieldSize(recordedSize) + 1 + varintSize(event.position);
  target[at] = 0;
  target.writeUInt32BE(fieldSize(readEventSize), at + 1);
  let place = writeNumber(target, at + 5, 0x0a, readEventSize);
  place = writeNumber(target, place, 0x0a, recordedSize);
  target[place++] = 0x0a;
  target[place++] = 38;
  target[place++] = 0x12;
  target[place++] = 36;
  place = writeUuidText(target, place, event.id);
  target[place++] = 0x12;
  place = writeVarint(target, place, fieldSize(event.stream.length));
  place = writeBytes(target, place, 0x1a, event.stream);
  place = writeNumber(target, place, 0x18, event.revision);
  place = writeNumber(target, place, 0x20, event.position);
  place = writeNumber(target, place, 0x28, event.position);
  place = writeMapEntry(target, place, keys.type, event.type);
  place = writeMapEntry(target, place, keys.contentType, event.contentType);
  place = writeMapEntry(target, place, keys.created, event.created);
  if (event.metadata.length > 0) place = writeBytes(target, place, 0x3a, event.metadata);
  if (event.data.length > 0) place = writeBytes(target, place, 0x42, event.data);
  return writeNumber(target, place, 0x18, event.position);
};
