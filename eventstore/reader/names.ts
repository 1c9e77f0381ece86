import { utf8 } from './utf8.ts';

/** The latest types, by their lengths and some of their bytes. */
const types: string[] = new Array(256).fill('');

/** One string for all events of a type: it need not be decoded again, and looking it up does not hash it again. */
export const typeName = (buffer: Buffer, start: number, end: number): string => {
  const sample = buffer[start]! + buffer[(start + end) >> 1]! * 7 + buffer[end - 1]! * 31 + (end - start) * 13;
  const known = types[sample & 255]!;
  if (isAscii(buffer, start, end, known)) return known;
  const text = utf8(buffer, start, end);
  types[sample & 255] = text;
  return text;
};

/** The latest name: events of a stream often follow one another. */
let stream = '';

export const streamName = (buffer: Buffer, start: number, end: number): string => {
  if (!isAscii(buffer, start, end, stream)) stream = utf8(buffer, start, end);
  return stream;
};

/** Whether the bytes are this text, all of it ASCII. From the end, because similar names differ in what they end with. */
const isAscii = (buffer: Buffer, start: number, end: number, text: string): boolean => {
  if (end - start !== text.length) return false;
  for (let index = text.length - 1; index >= 0; index--) {
    const byte = buffer[start + index]!;
    if (byte !== text.charCodeAt(index) || byte > 0x7f) return false;
  }
  return true;
};
