import { deserialize, EJSON } from 'bson';
import { bsonOptions } from '../raw/bson-options.ts';
import type { SourceDocument, UnreadableDocument } from '../source.ts';
import { whyUnreadable } from '../why-unreadable.ts';
import { scanBson } from './scan.ts';

/**
 * A document from its BSON bytes, wherever they come from.
 * @param place where it was found, for people
 */
export const readBson = (bytes: Buffer, place: string): SourceDocument | UnreadableDocument => {
  try {
    const raw = () => canonical(bytes) ?? asBinary(bytes);
    return { document: deserialize(bytes, bsonOptions), bytes, place, raw, scan: () => scanBson(bytes) };
  } catch (error) {
    const unreadable = { code: 'not-bson', reason: whyUnreadable(error) } as const;
    return { unreadable, bytes, place, raw: () => asBinary(bytes), scan: () => scanBson(bytes) };
  }
};

/**
 * Keeps the types of numbers, which would be lost by reading them as JavaScript numbers. `undefined` if a document has
 * no such form because it is nested too deeply or contains a date out of range.
 */
const canonical = (bytes: Buffer): string | undefined => {
  try {
    return EJSON.stringify(deserialize(bytes, { ...bsonOptions, promoteValues: false }), { relaxed: false });
  } catch {
    return undefined;
  }
};

const asBinary = (bytes: Buffer) => JSON.stringify({ $binary: { base64: bytes.toString('base64'), subType: '00' } });
