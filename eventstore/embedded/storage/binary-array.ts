/**
 * PostgreSQL arrays in binary format, as parameters: `pg` sends a Buffer unchanged. Inserting 100 events takes a third
 * less time with these than with `pg`'s own text arrays, which write every byte of a bytea as two hexadecimal digits.
 */

const oids = { int4: 23, int8: 20, bytea: 17, uuid: 2950 } as const;

const header = (target: Buffer, oid: number, count: number): void => {
  target.writeInt32BE(count === 0 ? 0 : 1, 0);
  target.writeInt32BE(0, 4);
  target.writeInt32BE(oid, 8);
  if (count === 0) return;
  target.writeInt32BE(count, 12);
  target.writeInt32BE(1, 16);
};

const headerSize = (count: number) => (count === 0 ? 12 : 20);

/** Writes an int8; values from 2^63 are written as int64 max. */
const writeInt8 = (target: Buffer, at: number, value: number): void => {
  if (value >= 2 ** 63) target.writeBigInt64BE(0x7fffffffffffffffn, at);
  else {
    target.writeInt32BE(Math.floor(value / 0x100000000), at);
    target.writeUInt32BE(value >>> 0, at + 4);
  }
};

/** An `int8[]` of these numbers; null for undefined. */
export const int8Array = (values: readonly (number | undefined)[]): Buffer => {
  // Not zeroed: pooled memory costs a tenth of a dedicated allocation, and most groups are small.
  const array = Buffer.allocUnsafe(headerSize(values.length) + values.length * 12);
  header(array, oids.int8, values.length);
  if (values.includes(undefined)) array.writeInt32BE(1, 4);
  let at = headerSize(values.length);
  for (const value of values) {
    if (value === undefined) {
      array.writeInt32BE(-1, at);
      at += 4;
    } else {
      array.writeInt32BE(8, at);
      writeInt8(array, at + 4, value);
      at += 12;
    }
  }
  return array.subarray(0, at);
};

export const int4Array = (values: readonly number[]): Buffer => {
  const array = Buffer.allocUnsafe(headerSize(values.length) + values.length * 8);
  header(array, oids.int4, values.length);
  let at = headerSize(values.length);
  for (const value of values) {
    array.writeInt32BE(4, at);
    array.writeInt32BE(value, at + 4);
    at += 8;
  }
  return array;
};

const bytesArray = (oid: number, values: readonly Buffer[]): Buffer => {
  let size = headerSize(values.length);
  for (const value of values) size += 4 + value.length;
  const array = Buffer.allocUnsafe(size);
  header(array, oid, values.length);
  let at = headerSize(values.length);
  for (const value of values) {
    array.writeInt32BE(value.length, at);
    at += 4 + value.copy(array, at + 4);
  }
  return array;
};

export const byteaArray = (values: readonly Buffer[]): Buffer => bytesArray(oids.bytea, values);
export const uuidArray = (values: readonly Buffer[]): Buffer => bytesArray(oids.uuid, values);

/** A `bytea[]` of the slices of a buffer that end at `ends`, each beginning at the end of the previous one. */
export const byteaSlices = (buffer: Buffer, ends: readonly number[]): Buffer => {
  const size = headerSize(ends.length) + 4 * ends.length + (ends.at(-1) ?? 0);
  const array = Buffer.allocUnsafe(size);
  header(array, oids.bytea, ends.length);
  let at = headerSize(ends.length);
  let start = 0;
  for (const end of ends) {
    array.writeInt32BE(end - start, at);
    at += 4 + buffer.copy(array, at + 4, start, end);
    start = end;
  }
  return array;
};
