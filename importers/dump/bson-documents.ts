import { type SourceDocument, sourceError, type UnreadableDocument } from '../source.ts';
import { byteStream } from './byte-stream.ts';
import type { DumpFile } from './find-collections.ts';
import { readBson } from './read-bson.ts';

/** MongoDB's own limit is 16 MiB, plus a little for the envelope; anything greater cannot be a length. */
const maxDocumentBytes = 16 * 1024 * 1024 + 16 * 1024;
const minDocumentBytes = 5;

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
      yield readBson(bytes, `${file.name}@${offset}`);
      offset += length;
      rest = rest.subarray(length);
    }
    pending = rest;
  }
  if (pending.length > 0) throw cutShort(file, offset, pending);
}

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
