import type { Key } from './hash-table.ts';

/**
 * What documents are recognised by, in order: for each the key of its `_id` and some bits of its content. A document without a
 * readable `_id` has zeros.
 */
export type DocumentKeys = Buffer;

const width = 12;

export const emptyKeys = (documents: number): DocumentKeys => Buffer.alloc(documents * width);

export const putKey = (keys: DocumentKeys, position: number, [low, high]: Key, contentHash: string): void => {
  keys.writeInt32LE(low, position * width);
  keys.writeInt32LE(high, position * width + 4);
  keys.writeInt32LE(contentBits(contentHash), position * width + 8);
};

/** Calls `each` for every document with an `_id`. */
export const eachKey = (keys: DocumentKeys, each: (key: Key, content: number, position: number) => void): void => {
  for (let at = 0; at < keys.length; at += width) {
    const high = keys.readInt32LE(at + 4);
    if (high !== 0) each([keys.readInt32LE(at), high], keys.readInt32LE(at + 8), at / width);
  }
};

/** Whether `is` holds for one of the documents with an `_id`. */
export const someKey = (keys: DocumentKeys, is: (key: Key) => boolean): boolean => {
  for (let at = 0; at < keys.length; at += width) {
    const high = keys.readInt32LE(at + 4);
    if (high !== 0 && is([keys.readInt32LE(at), high])) return true;
  }
  return false;
};

/** 30 bits of the hash of a content; the lowest two are 0. */
export const contentBits = (contentHash: string): number => Buffer.from(contentHash, 'base64').readInt32LE(0) & ~3;
