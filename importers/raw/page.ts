import { hash } from 'node:crypto';
import type { BsonPage, RawBson } from '../source.ts';

const fewest = 128;
const most = 2_048;
const mostBytes = 1024 * 1024;
/** Of the documents after the fewest, one in this many ends a page. */
const oneIn = 512;

/**
 * Whether a page ends with this document, judging by its own bytes: so a document that is inserted, changed or removed changes
 * its own page, and the others only until the next document that ends a page.
 *
 * @param start of the document in `bytes`
 * @param ends where the documents of the page so far end, counted from the beginning of the page
 */
export const endsPage = (bytes: Buffer, start: number, end: number, ends: readonly number[]): boolean => {
  if (ends.length < fewest) return ends.at(-1)! >= mostBytes;
  if (ends.length >= most || ends.at(-1)! >= mostBytes) return true;
  // Nearly always, the `_id` comes first: it is in these bytes.
  let mixed = 0;
  for (let at = start; at + 4 <= Math.min(start + 32, end); at += 4) {
    mixed = Math.imul(mixed ^ bytes.readInt32LE(at), 0x9e3779b1);
    mixed ^= mixed >>> 15;
  }
  return (mixed >>> 0) % oneIn === 0;
};

/**
 * @param offset where the page begins in its source
 * @param ends where each document ends in `bytes`
 */
export const bsonPage = (bytes: Buffer, offset: number, ends: readonly number[]): BsonPage => {
  const at = (position: number): RawBson => {
    const start = position === 0 ? 0 : ends[position - 1]!;
    return { bytes: bytes.subarray(start, ends[position]!), offset: offset + start };
  };
  let fingerprint: string | undefined;
  return {
    length: ends.length,
    at,
    get fingerprint() {
      fingerprint ??= hash('sha256', bytes, 'base64');
      return fingerprint;
    },
    *[Symbol.iterator]() {
      for (let position = 0; position < ends.length; position++) yield at(position);
    },
  };
};

/**
 * The same document in memory of its own: otherwise it keeps the memory of its whole page. For a few documents of a page that
 * are kept while many other pages are read.
 */
export const detached = ({ bytes, offset }: RawBson): RawBson => ({ bytes: Buffer.from(bytes), offset });
