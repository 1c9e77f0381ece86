/**
 * Reads and writes protobuf's wire format by hand, for the messages of every append and every event:
 * the generated classes (google-protobuf) took 28 % of a core at 25,000 events/s. Everything outside the hot path
 * uses the generated classes.
 */

const truncated = () => new Error('the message is truncated or not protobuf');

/** A cursor over one message. Unknown fields are skipped with `skip`, as protobuf requires. */
export class ProtoReader {
  readonly buffer: Buffer;
  private at: number;
  private readonly end: number;

  constructor(buffer: Buffer, at = 0, end = buffer.length) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  /** The next field's tag (number << 3 | wire type), or 0 at the end of the message. */
  tag(): number {
    if (this.at >= this.end) return 0;
    const tag = this.number();
    if (tag >>> 3 === 0) throw truncated();
    return tag;
  }

  /** A varint as a number: exact up to 2^53, rounded beyond. */
  number(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw truncated();
      const byte = this.buffer[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw truncated();
  }

  /** A varint as an unsigned 64-bit integer. */
  uint64(): bigint {
    const start = this.at;
    const value = this.number();
    if (value <= Number.MAX_SAFE_INTEGER) return BigInt(value);
    let exact = 0n;
    for (let i = start, shift = 0n; i < this.at; i++, shift += 7n) exact |= BigInt(this.buffer[i]! & 0x7f) << shift;
    return BigInt.asUintN(64, exact);
  }

  /** The length of a length-delimited field; the cursor is then at its first byte, and `advance` skips it. */
  length(): number {
    const length = this.number();
    if (this.at + length > this.end) throw truncated();
    return length;
  }

  position(): number {
    return this.at;
  }

  advance(length: number): void {
    this.at += length;
  }

  /** A bytes field, as a view. */
  bytes(): Buffer {
    const length = this.length();
    const bytes = this.buffer.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  string(): string {
    const length = this.length();
    const text = this.buffer.toString('utf8', this.at, this.at + length);
    this.at += length;
    return text;
  }

  /** A cursor over an embedded message. */
  message(): ProtoReader {
    const length = this.length();
    const inner = new ProtoReader(this.buffer, this.at, this.at + length);
    this.at += length;
    return inner;
  }

  skip(tag: number): void {
    const wireType = tag & 7;
    if (wireType === 0) this.number();
    else if (wireType === 1) this.advance(8);
    // Not `this.at += this.length()`, which would forget that reading the length moves on, too.
    else if (wireType === 2) this.advance(this.length());
    else if (wireType === 5) this.advance(4);
    else throw truncated();
    if (this.at > this.end) throw truncated();
  }
}

/** How many bytes a non-negative number takes as a varint; from 2^63 on it is written as int64 max. */
export const varintSize = (value: number): number => {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  let size = 5;
  for (let rest = value / 0x800000000; rest >= 1 && size < 9; rest /= 128) size++;
  return size;
};

/** Writes a varint and returns the offset after it; from 2^63 on it writes int64 max (a tombstone's revision). */
export const writeVarint = (target: Buffer, at: number, value: number): number => {
  let place = at;
  if (value >= 2 ** 63) {
    target.fill(0xff, place, place + 8);
    target[place + 8] = 0x7f;
    return place + 9;
  }
  let rest = value;
  while (rest >= 0x80000000) {
    target[place++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    target[place++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[place++] = rest;
  return place;
};
