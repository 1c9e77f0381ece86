import type { EventData } from '@eventstore/db-client';
import { eventStoreFailure } from './failure.ts';

/**
 * The messages of an append, in protobuf's wire format. The generated classes took a sixth of an import's time for
 * appending; tests/eventstore/reader/append-request.test.ts compares what both write. Nothing here is shared with the
 * embedded server, so that each side checks the other.
 */

/** At most one message, with the size that servers accept. */
const maxMessageBytes = 3 * 1024 * 1024;
/** No server takes a larger event; one that cannot even receive the message answers as if it were busy. */
const maxEventBytes = 16 * 1024 * 1024;

/** The messages of one append: its options and its events, in as many messages as their size needs. */
export function* requestsOf(
  id: string,
  stream: string,
  expected: bigint | 'no-stream',
  events: readonly EventData[],
  deadlineMs: number,
): Generator<Buffer> {
  let parts = [field(1, uuid(id)), field(2, optionsOf(stream, expected, deadlineMs))];
  let bytes = 0;
  for (const event of events) {
    const message = proposed(event);
    if (message.length > maxEventBytes)
      throw eventStoreFailure({ kind: 'refused', refusal: 'size', cause: `an event of ${message.length} bytes` });
    if (bytes > 0 && bytes + message.length >= maxMessageBytes) {
      yield Buffer.concat(parts);
      parts = [field(1, uuid(id))];
      bytes = 0;
    }
    bytes += message.length;
    parts.push(message);
  }
  parts.push(isFinal);
  yield Buffer.concat(parts);
}

const isFinal = Buffer.from([(4 << 3) | 0, 1]);
const noStream = Buffer.from([(3 << 3) | 2, 0]);

const optionsOf = (stream: string, expected: bigint | 'no-stream', deadlineMs: number): Buffer => {
  const until = Date.now() + deadlineMs;
  const [seconds, nanos] = [Math.floor(until / 1000), (until % 1000) * 1_000_000];
  const timestamp = nanos === 0 ? number(1, seconds) : Buffer.concat([number(1, seconds), number(2, nanos)]);
  return Buffer.concat([
    field(1, field(3, Buffer.from(stream))),
    expected === 'no-stream' ? noStream : number(2, expected),
    field(6, timestamp),
  ]);
};

const proposed = ({ id, type, contentType, data, metadata }: EventData): Buffer => {
  const [body, more] = [bytesOf(data), metadata === undefined ? none : bytesOf(metadata)];
  const head = Buffer.concat([field(1, uuid(id)), entry('type', type), contentTypeOf(contentType)]);
  const length = head.length + sizeOf(more) + sizeOf(body);
  const message = Buffer.allocUnsafe(1 + varintSize(length) + length);
  message[0] = (3 << 3) | 2;
  let at = writeVarint(message, 1, length);
  at += head.copy(message, at);
  if (more.length > 0) at = writeField(message, at, 3, more);
  if (body.length > 0) at = writeField(message, at, 4, body);
  return message;
};

const none = Buffer.alloc(0);

const bytesOf = (part: unknown): Buffer =>
  part instanceof Uint8Array
    ? Buffer.from(part.buffer, part.byteOffset, part.byteLength)
    : Buffer.from(JSON.stringify(part));

/** An entry of a message's map of names and values. */
const entry = (name: string, value: string): Buffer =>
  field(2, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]));

const contentTypes = new Map<string, Buffer>();
const contentTypeOf = (contentType: string): Buffer => {
  const known = contentTypes.get(contentType);
  if (known !== undefined) return known;
  const made = entry('content-type', contentType);
  contentTypes.set(contentType, made);
  return made;
};

const uuid = (id: string): Buffer => field(2, Buffer.from(id, 'latin1'));

/** A field of bytes, text or another message. */
const field = (tag: number, content: Buffer): Buffer => {
  const message = Buffer.allocUnsafe(1 + varintSize(content.length) + content.length);
  writeField(message, 0, tag, content);
  return message;
};

/** @returns where it ends */
const writeField = (into: Buffer, at: number, tag: number, content: Buffer): number => {
  into[at] = (tag << 3) | 2;
  const start = writeVarint(into, at + 1, content.length);
  return start + content.copy(into, start);
};

/** The size of a field of bytes, which is left out if it is empty. */
const sizeOf = ({ length }: Buffer): number => (length === 0 ? 0 : 1 + varintSize(length) + length);

const number = (tag: number, value: number | bigint): Buffer => {
  const bytes = [tag << 3];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
};

const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
  return size;
};

/** @returns where it ends */
const writeVarint = (into: Buffer, at: number, value: number): number => {
  let [rest, next] = [value, at];
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) into[next++] = (rest % 128) | 0x80;
  into[next++] = rest;
  return next;
};
