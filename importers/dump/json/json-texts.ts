import { byteStream } from '../byte-stream.ts';
import type { DumpFile } from '../find-collections.ts';
import { asUtf8 } from './as-utf8.ts';

/** A document's text as it is in the file; `ended` is false if the file ends in the middle of it. */
export type JsonText = { readonly bytes: Buffer; readonly offset: number; readonly ended: boolean };

/**
 * A document of 16 MiB grows when its binary parts are written as text; beyond this limit it cannot be one document.
 */
const maxTextBytes = 64 * 1024 * 1024;

/** Yielded instead of a text that is longer than any document. */
export const tooLong = Symbol('too long');

type JsonTexts = AsyncGenerator<JsonText | typeof tooLong, void, undefined>;

/**
 * The texts of the documents of a mongoexport file: one per line, also with commas between them; or, if the file is one array (`--jsonArray`) or its
 * documents are spread over several lines (`--pretty`), from brace to brace.
 */
export async function* jsonTexts(file: DumpFile, onBytes?: (bytes: number) => void): JsonTexts {
  const chunks = asUtf8(byteStream(file, onBytes));
  let first: Buffer = Buffer.alloc(0);
  let offset = 0;
  let failed: { readonly error: unknown } | undefined;
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => ({ failed: { error } }));
    if ('failed' in next) failed = next.failed;
    if ('failed' in next || next.done) break;
    first = Buffer.concat([first, next.value]);
    if (/\S/.test(first.toString('latin1', 0, 4_096)) && (first.includes(10) || first.length > 4_096)) break;
  }
  if (first.subarray(0, 3).equals(byteOrderMark)) {
    offset = 3;
    first = first.subarray(3);
  }
  const head = first.toString('latin1', 0, 4_096).trimStart();
  const spread = head.startsWith('[') || /^\{[ \t\r]*\n/.test(head);
  yield* (spread ? betweenBraces : lines)(withFirst(first, chunks, failed), offset);
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** @param failed reading broke off after `first` */
async function* withFirst(
  first: Buffer,
  rest: AsyncIterable<Buffer>,
  failed: { readonly error: unknown } | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  if (first.length > 0) yield first;
  if (failed !== undefined) throw failed.error;
  yield* rest;
}

async function* lines(chunks: AsyncIterable<Buffer>, from: number): JsonTexts {
  let parts: Buffer[] = [];
  let length = 0;
  let offset = from;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const bytes = Buffer.concat([...parts, chunk.subarray(start, end)]);
      yield withoutCommas({ bytes, offset, ended: true });
      offset += bytes.length + 1;
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > maxTextBytes) return yield tooLong;
  }
  if (parts.length > 0) yield withoutCommas({ bytes: Buffer.concat(parts), offset, ended: false });
}

/** Lines of an array without its brackets: the commas between its documents do not belong to them. */
const withoutCommas = (text: JsonText): JsonText => {
  const { bytes } = text;
  let [from, to] = [0, bytes.length];
  while (to > from && bytes[to - 1]! <= 0x20) to--;
  while (from < to && bytes[from]! <= 0x20) from++;
  const [begins, ends] = [bytes[from] === comma, bytes[to - 1] === comma];
  if (from === to || !(begins || ends)) return text;
  if (begins) from++;
  if (ends && to > from) to--;
  return { ...text, bytes: bytes.subarray(from, to), offset: text.offset + from };
};

const [quote, apostrophe, backslash, newline] = [0x22, 0x27, 0x5c, 0x0a];
const [open, close, openList, closeList, comma] = [0x7b, 0x7d, 0x5b, 0x5d, 0x2c];

/**
 * From each document's opening brace to its closing one; anything between documents other than commas counts as a text
 * too.
 */
async function* betweenBraces(chunks: AsyncIterable<Buffer>, from: number): JsonTexts {
  let parts: Buffer[] = [];
  let length = 0;
  let offset = from;
  let begun: number | undefined;
  let [depth, inText, escaped] = [0, 0, false];
  for await (const chunk of chunks) {
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index]!;
      if (inText !== 0) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === inText) inText = 0;
        continue;
      }
      const between = depth === 0 && (byte === comma || byte === openList || byte === closeList || byte <= 0x20);
      if (between) {
        if (begun === undefined) continue;
        // A number or a word where a document should be.
        if (byte !== comma && byte !== closeList && byte !== newline) continue;
        yield { bytes: Buffer.concat([...parts, chunk.subarray(start, index)]), offset: begun, ended: true };
        [parts, length, begun] = [[], 0, undefined];
        continue;
      }
      if (begun === undefined) {
        begun = offset + index;
        start = index;
      }
      if (byte === quote || (byte === apostrophe && depth > 0)) inText = byte;
      else if (byte === open || byte === openList) depth++;
      else if (byte === close || byte === closeList) {
        depth = Math.max(0, depth - 1);
        if (depth > 0) continue;
        yield { bytes: Buffer.concat([...parts, chunk.subarray(start, index + 1)]), offset: begun, ended: true };
        [parts, length, begun] = [[], 0, undefined];
      }
    }
    if (begun !== undefined) {
      parts.push(chunk.subarray(start));
      length += chunk.length - start;
      if (length > maxTextBytes) return yield tooLong;
    }
    offset += chunk.length;
  }
  if (begun !== undefined) yield { bytes: Buffer.concat(parts), offset: begun, ended: false };
}
