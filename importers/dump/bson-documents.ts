import { bsonPage, endsPage } from '../raw/page.ts';
import {
  type BsonDocuments,
  type BsonPage,
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
  pages: (onBytes) => pagesOf(file, onBytes),
  read: ({ bytes, offset }) => readBson(bytes, `${file.name}@${offset}`),
});

async function* pagesOf(file: DumpFile, onBytes?: (bytes: number) => void): AsyncGenerator<BsonPage, void, undefined> {
  /** What is read and not yielded yet, from the byte of the file where it begins. */
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  /** Where its documents end, and up to where it is looked at. */
  let [ends, at]: [number[], number] = [[], 0];
  try {
    for await (const chunk of byteStream(file, onBytes)) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let [from, wrong]: [number, SourceError | undefined] = [0, undefined];
      const page = () => {
        const whole = bsonPage(rest.subarray(from, at), offset + from, ends);
        [from, ends] = [at, []];
        return whole;
      };
      while (rest.length - at >= 4) {
        const length = rest.readInt32LE(at);
        if (length < minDocumentBytes || length > maxDocumentBytes) wrong = impossibleLength(file, offset + at, length);
        if (wrong !== undefined || rest.length - at < length) break;
        if (rest[at + length - 1] !== 0) {
          wrong = noEnd(file, offset + at, length);
          break;
        }
        at += length;
        ends.push(at - from);
        if (endsPage(rest, at - length, at, ends)) yield page();
      }
      if (wrong !== undefined) {
        if (ends.length > 0) yield page();
        throw wrong;
      }
      [rest, offset, at] = [rest.subarray(from), offset + from, at - from];
    }
  } catch (error) {
    if (ends.length > 0) yield bsonPage(rest.subarray(0, at), offset, ends);
    throw error;
  }
  if (ends.length > 0) yield bsonPage(rest.subarray(0, at), offset, ends);
  if (at < rest.length) throw cutShort(file, offset + at, rest.subarray(at));
}

/** The same documents, read one at a time. */
export async function* readAll(
  { pages, read }: BsonDocuments,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<SourceDocument | UnreadableDocument, void, undefined> {
  for await (const page of pages(onBytes)) for (const raw of page) yield read(raw);
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
