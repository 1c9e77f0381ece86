import type { SourceDocument, UnreadableDocument } from '../source.ts';
import { readJson } from './json/json-documents.ts';
import { readBson } from './read-bson.ts';

/**
 * A document from its bytes, whichever source they came from: BSON, which begins with its own length, or a JSON text.
 * @param place where it was found, for people
 */
export const readEither = (bytes: Buffer, place: string): SourceDocument | UnreadableDocument =>
  bytes.length >= 5 && bytes.readInt32LE(0) === bytes.length
    ? readBson(bytes, place)
    : readJson(bytes.toString('utf8').trim(), bytes, place).found;

/** A document from what is kept of it as it was in its source (see staging/originals). */
export const readOriginal = ({ bytes, place, contentHash }: OriginalBytes): SourceDocument | UnreadableDocument => ({
  ...readEither(Buffer.from(bytes), place),
  ...(contentHash === undefined ? {} : { contentHash }),
});

type OriginalBytes = {
  readonly bytes: Uint8Array;
  readonly place: string;
  readonly contentHash?: string | undefined;
};
