import {
  type BsonDocuments,
  type RawBson,
  type SourceDocument,
  type SourceError,
  sourceError,
  type UnreadableDocument,
} from '../source.ts';
import { byteStream } from './byte-stream.ts';
import type { DumpFile } from './find-collections.ts';
import { readBson } from './read-bson.ts';

/** MongoDB's own limit is 16 MiB, plus a little for the envelope; anything greater cannot be a length. */
const maxDocumentBytes = 16 * 1024 * 1024 + 16 * 1024;
const minDocumentBytes = 5;

/**
 * The documents of a mongodump file: concatenated BSON, each starting with its length.
 * @throws SourceError with file and byte if a length is impossible or the file ends in the middle of a document, after all
 * documents before that.
 */
export const bsonDocuments = (file: DumpFile): BsonDocuments => ({
  batches: (onBytes) => batchesOf(file, onBytes),
  read: ({ bytes, offset }) => readBson(bytes, `${file.name}@${offset}`),
});

/** A batch is what one chunk of the file completes. */
async function* batchesOf(
  file: DumpFile,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<readonly RawBson[], void, undefined> {
  let pending: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of byteStream(file, onBytes)) {
    let rest: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const batch: RawBson[] = [];
    let wrong: SourceError | undefined;
    while (rest.length >= 4) {
      const length = rest.readInt32LE(0);
      if (length < minDocumentBytes || length > maxDocumentBytes) wrong = impossibleLength(file, offset, length);
      if (wrong !== undefined || rest.length < length) break;
      const bytes = rest.subarray(0, length);
      if (bytes[length - 1] !== 0) {
        wrong = noEnd(file, offset, length);
        break;
      }
      batch.push({ bytes, offset });
      offset += length;
      rest = rest.subarray(length);
    }
    if (batch.length > 0) yield batch;
    if (wrong !== undefined) throw wrong;
    pending = rest;
  }
  if (pending.length > 0) throw cutShort(file, offset, pending);
}

/** The same documents, read one at a time. */
export async function* readAll(
  { batches, read }: BsonDocuments,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<SourceDocument | UnreadableDocument, void, undefined> {
  for await (const batch of batches(onBytes)) for (const raw of batch) yield read(raw);
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
