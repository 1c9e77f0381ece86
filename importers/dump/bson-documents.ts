import { deserialize, EJSON } from 'bson';
import { type SourceDocument, sourceError, type UnreadableDocument } from '../source.ts';
import { whyUnreadable } from '../why-unreadable.ts';
import { byteStream } from './byte-stream.ts';
import type { DumpFile } from './find-collections.ts';
import { scanBson } from './scan.ts';

/** MongoDB's own limit is 16 MiB, plus a little for the envelope; anything greater cannot be a length. */
const maxDocumentBytes = 16 * 1024 * 1024 + 16 * 1024;
const minDocumentBytes = 5;

// Invalid UTF-8 is read with replacement characters: a bad name must not lose the document.
const options = { validation: { utf8: false }, promoteBuffers: false } as const;

/**
 * The documents of a mongodump file, one at a time: concatenated BSON, each starting with its length.
 * @throws SourceError with file and byte if a length is impossible or the file ends in the middle of a document.
 */
export async function* bsonDocuments(
  file: DumpFile,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<SourceDocument | UnreadableDocument, void, undefined> {
  let pending: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of byteStream(file, onBytes)) {
    let rest: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (rest.length >= 4) {
      const length = rest.readInt32LE(0);
      if (length < minDocumentBytes || length > maxDocumentBytes) throw impossibleLength(file, offset, length);
      if (rest.length < length) break;
      const bytes = rest.subarray(0, length);
      if (bytes[length - 1] !== 0) throw noEnd(file, offset, length);
      yield read(file, offset, bytes);
      offset += length;
      rest = rest.subarray(length);
    }
    pending = rest;
  }
  if (pending.length > 0) throw cutShort(file, offset, pending);
}

const read = (file: DumpFile, offset: number, bytes: Buffer): SourceDocument | UnreadableDocument => {
  const place = `${file.name}@${offset}`;
  try {
    const raw = () => canonical(bytes) ?? asBinary(bytes);
    return { document: deserialize(bytes, options), bytes, place, raw, scan: () => scanBson(bytes) };
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
    return EJSON.stringify(deserialize(bytes, { ...options, promoteValues: false }), { relaxed: false });
  } catch {
    return undefined;
  }
};

const asBinary = (bytes: Buffer) => JSON.stringify({ $binary: { base64: bytes.toString('base64'), subType: '00' } });

const advice = 'Everything before that is imported. Create the dump again and import it again.';

const impossibleLength = (file: DumpFile, offset: number, length: number) =>
  sourceError({
    code: offset === 0 ? 'not-bson' : 'bson-corrupt',
    file: file.path,
    offset,
    message:
      offset === 0
        ? `this is not BSON (its first document would be ${length} bytes long). Was it written by mongodump?`
        : `a document cannot have ${length} bytes; the file is corrupt here. ${advice}`,
  });

const noEnd = (file: DumpFile, offset: number, length: number) =>
  sourceError({
    code: offset === 0 ? 'not-bson' : 'bson-corrupt',
    file: file.path,
    offset,
    message: `the document of ${length} bytes has no end marker; the file is ${offset === 0 ? 'not BSON' : 'corrupt here'}. ${advice}`,
  });

const cutShort = (file: DumpFile, offset: number, rest: Buffer) => {
  const wanted = rest.length >= 4 ? `${rest.length} of ${rest.readInt32LE(0)} bytes` : `${rest.length} bytes`;
  return sourceError({
    code: 'bson-cut-short',
    file: file.path,
    offset,
    message: `the file ends in the middle of a document (it has ${wanted}). ${advice}`,
  });
};
