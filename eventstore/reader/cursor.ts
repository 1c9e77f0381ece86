import type { Uint64 } from './recorded-event.ts';
import { utf8 } from './utf8.ts';

/** The bytes are not a message of the protocol: cut off, wrong lengths, or not protobuf at all. */
export class MalformedMessage extends Error {}

const malformed = () => new MalformedMessage('it is cut off, or not a message of the protocol');

/** The highest possible tag: 29 bits of field number, 3 of wire type. */
const maxTag = 0xff_ff_ff_ff;

/**
 * Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding) from one buffer. It never reads
 * beyond the end of the current message, and every step moves forward, so bytes that are not a message end in
 * `MalformedMessage`.
 */
export class Cursor {
  readonly buffer: Buffer;
  at: number;
  end: number;

  /** Of the message between these offsets. */
  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  /** The next field's tag (field number << 3 | wire type); 0 at the end of the message. */
  tag(): number {
    if (this.at >= this.end) return 0;
    const tag = this.number();
    if (tag < 8 || tag > maxTag) throw malformed();
    return tag;
  }

  /** A varint: exact up to 2^53. */
  number(): number {
    const { at, end } = this;
    if (at >= end) throw malformed();
    const byte = this.buffer[at]!;
    this.at = at + 1;
    // Most are a tag or a length: one byte.
    return byte < 0x80 ? byte : this.longNumber(byte);
  }

  /** @param first its first byte */
  private longNumber(first: number): number {
    const { buffer, end } = this;
    let at = this.at;
    let byte = first;
    let value = byte & 0x7f;
    for (let scale = 128, count = 1; byte >= 0x80; scale *= 128, count++) {
      if (at >= end || count === 10) throw malformed();
      byte = buffer[at++]!;
      value += (byte & 0x7f) * scale;
    }
    this.at = at;
    return value;
  }

  uint64(): bigint {
    return BigInt(this.exact());
  }

  /** A varint of 64 bits, unsigned, without creating a bigint if a number is exact. */
  exact(): Uint64 {
    const start = this.at;
    const value = this.number();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let at = start, shift = 0n; at < this.at; at++, shift += 7n) {
      exact |= BigInt(this.buffer[at]! & 0x7f) << shift;
    }
    return BigInt.asUintN(64, exact);
  }

  /** The length of the next field, which is known to be complete. */
  length(): number {
    const length = this.number();
    if (length > this.end - this.at) throw malformed();
    return length;
  }

  /** Enters an embedded message. @returns what to pass to `leave` */
  enter(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.at + length;
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** Text; bytes that are not UTF-8 become replacement characters. */
  text(): string {
    const length = this.length();
    const start = this.at;
    this.at = start + length;
    return utf8(this.buffer, start, this.at);
  }

  /** Skips the field of a tag, since later versions of the server may have other fields. */
  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === 0) this.number();
    else if (wireType === 2) this.advance(this.length());
    else if (wireType === 1 || wireType === 5) this.advance(wireType === 1 ? 8 : 4);
    else throw malformed();
    if (this.at > this.end) throw malformed();
  }

  private advance(length: number): void {
    this.at += length;
  }
}
