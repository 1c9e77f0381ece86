import { MalformedMessage } from './cursor.ts';

/** A message's place in the bytes that have arrived. It is decoded where it is, unless it arrived in several parts. */
type OnMessage = (buffer: Buffer, start: number, end: number) => void;

/** The bytes of a call that have arrived and were not yet taken as messages. */
export type Messages = {
  add(chunk: Buffer): void;
  /** How many bytes there are. */
  bytes(): number;
  /**
   * Hands on the complete messages, at most `limit`. @returns how many
   * @throws MalformedMessage, and what `onMessage` throws
   */
  take(limit: number, onMessage: OnMessage): number;
  clear(): void;
};

/** Whether a message is compressed (one byte), and its length (four bytes), come before it. */
const headerBytes = 5;

/**
 * Cuts gRPC's messages out of what arrives.
 * @param maxBytes of a message
 */
export const createMessages = (maxBytes: number): Messages => {
  let chunks: Buffer[] = [];
  /** The first chunk that has not been taken completely, and how far it has. */
  let first = 0;
  let at = 0;
  let bytes = 0;

  const byteAt = (offset: number): number => {
    let index = first;
    let place = at + offset;
    while (place >= chunks[index]!.length) place -= chunks[index++]!.length;
    return chunks[index]![place]!;
  };

  const advance = (count: number) => {
    at += count;
    bytes -= count;
    while (first < chunks.length && at >= chunks[first]!.length) at -= chunks[first++]!.length;
  };

  /** The next bytes, which are in several chunks. */
  const joined = (length: number): Buffer => {
    const buffer = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const chunk = chunks[first]!;
      const count = Math.min(chunk.length - at, length - filled);
      chunk.copy(buffer, filled, at, at + count);
      filled += count;
      advance(count);
    }
    return buffer;
  };

  /** The length of the next message; `undefined` if it has not arrived completely. */
  const nextLength = (): number | undefined => {
    if (bytes < headerBytes) return undefined;
    if (byteAt(0) !== 0) throw new MalformedMessage('it is compressed, or not a message of gRPC');
    const length = byteAt(1) * 2 ** 24 + byteAt(2) * 2 ** 16 + byteAt(3) * 2 ** 8 + byteAt(4);
    if (length > maxBytes) throw new MalformedMessage(`it is larger than ${maxBytes} bytes (${length})`);
    return bytes < headerBytes + length ? undefined : length;
  };

  return {
    add(chunk) {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      bytes += chunk.length;
    },
    bytes: () => bytes,
    take(limit, onMessage) {
      let taken = 0;
      for (; taken < limit; taken++) {
        const length = nextLength();
        if (length === undefined) break;
        advance(headerBytes);
        const chunk = chunks[first];
        if (chunk === undefined || chunk.length - at >= length) {
          const start = at;
          advance(length);
          onMessage(chunk ?? nothing, start, start + length);
        } else onMessage(joined(length), 0, length);
      }
      chunks = chunks.slice(first);
      first = 0;
      return taken;
    },
    clear() {
      chunks = [];
      first = 0;
      at = 0;
      bytes = 0;
    },
  };
};

const nothing = Buffer.alloc(0);
