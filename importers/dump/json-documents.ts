import { EJSON } from 'bson';
import { type SourceDocument, sourceError, type UnreadableDocument } from '../source.ts';
import { whyUnreadable } from '../why-unreadable.ts';
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
  let nonsense = 0;
  let held: (SourceDocument | UnreadableDocument)[] | undefined = [];
  for await (const line of lines(file, onBytes)) {
    const bytes = offset === 0 ? withoutMark(line.bytes) : line.bytes;
    const text = bytes.toString('utf8').trim();
    if (offset === 0 && text.startsWith('[')) throw anArray(file);
    if (text !== '') {
      const found = read(file, offset, text, bytes);
      // A file that begins with two lines of no JSON at all is no export: its lines are nobody's documents.
      if (held !== undefined && !isJson(text) && ++nonsense === 2) throw notLines(file);
      if ('unreadable' in found && !line.ended) throw cutShort(file, offset);
      if (held !== undefined && nonsense === held.length + 1) held.push(found);
      else {
        yield* held ?? [];
        held = undefined;
        yield found;
      }
    }
    offset += line.bytes.length + (line.ended ? 1 : 0);
  }
  yield* held ?? [];
}

const read = (file: DumpFile, offset: number, text: string, bytes: Buffer): SourceDocument | UnreadableDocument => {
  const place = `${file.name}@${offset}`;
  try {
    const document: unknown = EJSON.parse(text, { relaxed: true });
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw new Error('the line is not a document');
    }
    return { document: document as Record<string, unknown>, bytes, place, raw: () => canonical(text) };
  } catch (error) {
    const raw = () => JSON.stringify(text);
    return { unreadable: { code: 'not-json', reason: whyUnreadable(error) }, bytes, place, raw };
  }
};

/** What EJSON cannot write again (a date that is none) is kept as it stands. */
const canonical = (text: string): string => {
  try {
    return EJSON.stringify(EJSON.parse(text, { relaxed: false }), { relaxed: false });
  } catch {
    return text;
  }
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
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

const notLinesText =
  'this is not one JSON document a line, in UTF-8. Write it with mongoexport, as JSON, without --pretty and --jsonArray.';

const notLines = (file: DumpFile) =>
  sourceError({ code: 'not-json', file: file.path, offset: 0, message: notLinesText });

const anArray = (file: DumpFile) =>
  sourceError({
    code: 'json-array',
    file: file.path,
    offset: 0,
    message: 'this is one array, not one document a line. Export it without --jsonArray.',
  });
