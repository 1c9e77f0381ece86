import { EJSON } from 'bson';
import { errorMessage } from '../../platform/errors.ts';
import { type SourceDocument, sourceError, type UnreadableDocument } from '../source.ts';
import { byteStream } from './byte-stream.ts';
import type { DumpFile } from './find-collections.ts';

/** A document of 16 MiB grows when its binary parts are written as text; beyond this a "line" is no line. */
const maxLineBytes = 64 * 1024 * 1024;

/**
 * The documents of a mongoexport file, one a line, as Extended JSON, canonical or relaxed. A line that cannot be read is
 * given as unreadable; the lines after it are fine.
 * @throws SourceError when the last line is cut short, or the file is not one document a line.
 */
export async function* jsonDocuments(
  file: DumpFile,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<SourceDocument | UnreadableDocument, void, undefined> {
  let offset = 0;
  for await (const line of lines(file, onBytes)) {
    const bytes = offset === 0 ? withoutMark(line.bytes) : line.bytes;
    const text = bytes.toString('utf8').trim();
    if (offset === 0 && text.startsWith('[')) throw anArray(file);
    if (text !== '') {
      const found = read(file, offset, text, bytes);
      if ('unreadable' in found && !line.ended) throw cutShort(file, offset);
      yield found;
    }
    offset += line.bytes.length + (line.ended ? 1 : 0);
  }
}

const read = (file: DumpFile, offset: number, text: string, bytes: Buffer): SourceDocument | UnreadableDocument => {
  const place = `${file.name}@${offset}`;
  try {
    const document: unknown = EJSON.parse(text, { relaxed: true });
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw new Error('the line is not a document');
    }
    const raw = () => EJSON.stringify(EJSON.parse(text, { relaxed: false }), { relaxed: false });
    return { document: document as Record<string, unknown>, bytes, place, raw };
  } catch (error) {
    const raw = () => JSON.stringify(text);
    return { unreadable: { code: 'not-json', reason: errorMessage(error) }, bytes, place, raw };
  }
};

type Line = { readonly bytes: Buffer; readonly ended: boolean };

async function* lines(file: DumpFile, onBytes?: (bytes: number) => void): AsyncGenerator<Line, void, undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of byteStream(file, onBytes)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield { bytes: Buffer.concat([...parts, chunk.subarray(start, end)]), ended: true };
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > maxLineBytes) throw notLines(file);
  }
  if (parts.length > 0) yield { bytes: Buffer.concat(parts), ended: false };
}

const withoutMark = (bytes: Buffer) => (bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes);
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const cutShort = (file: DumpFile, offset: number) =>
  sourceError({
    code: 'json-cut-short',
    file: file.path,
    offset,
    message: 'the file ends in the middle of a document. What came before is kept; export and import it again.',
  });

const notLines = (file: DumpFile) =>
  sourceError({ code: 'not-json', file: file.path, offset: 0, message: 'this is not one document a line' });

const anArray = (file: DumpFile) =>
  sourceError({
    code: 'json-array',
    file: file.path,
    offset: 0,
    message: 'this is one array, not one document a line. Export it without --jsonArray.',
  });
