import { EJSON } from 'bson';
import { type SourceDocument, sourceError, type UnreadableDocument } from '../../source.ts';
import { whyUnreadable } from '../../why-unreadable.ts';
import type { DumpFile } from '../find-collections.ts';
import { scanJson } from '../scan.ts';
import { mayHaveBigIntegers } from './big-integers.ts';
import { parseExtendedJson } from './extended-json.ts';
import { jsonTexts, tooLong } from './json-texts.ts';

/**
 * The documents of a mongoexport file, in any version of Extended JSON: one per line, as one array, or spread over
 * several lines, in UTF-8 or UTF-16. A document that cannot be read is yielded as unreadable, and reading goes on after it.
 * @throws SourceError if the last document is cut short, or the file does not contain JSON documents
 */
export async function* jsonDocuments(
  file: DumpFile,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<SourceDocument | UnreadableDocument, void, undefined> {
  let nonsense = 0;
  let held: (SourceDocument | UnreadableDocument)[] | undefined = [];
  for await (const piece of jsonTexts(file, onBytes)) {
    if (piece === tooLong) throw notDocuments(file);
    const { bytes, offset, ended } = piece;
    const text = bytes.toString('utf8').trim();
    if (text === '') continue;
    const { found, isJson } = readJson(text, bytes, `${file.name}@${offset}`);
    // If its first two texts are not JSON at all, the file is not an export.
    if (held !== undefined && !isJson && ++nonsense === 2) throw notDocuments(file);
    if ('unreadable' in found && !ended) throw cutShort(file, offset);
    if (held !== undefined && nonsense === held.length + 1) held.push(found);
    else {
      yield* held ?? [];
      held = undefined;
      yield found;
    }
  }
  yield* held ?? [];
}

type Read = { readonly found: SourceDocument | UnreadableDocument; readonly isJson: boolean };

/** A document from its text, in any version of Extended JSON. @param place where it was found, for people */
export const readJson = (text: string, bytes: Buffer, place: string): Read => {
  const scan = () => scanJson(text);
  let isJson = false;
  try {
    const document = parseExtendedJson(text);
    isJson = true;
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw new Error('the line does not contain a document');
    }
    const raw = () => canonical(text, document);
    return { found: { document: document as Record<string, unknown>, bytes, place, raw, scan }, isJson };
  } catch (error) {
    const unreadable = { code: 'not-json', reason: whyUnreadable(error) } as const;
    return { found: { unreadable, bytes, place, raw: () => JSON.stringify(text), scan }, isJson };
  }
};

/** Values that EJSON cannot write again (invalid dates) are kept as they are. */
const canonical = (text: string, document: object): string => {
  if (mayHaveBigIntegers(text)) return asText(text, document);
  try {
    return EJSON.stringify(EJSON.parse(text, { relaxed: false }), { relaxed: false });
  } catch {
    return isStrictJson(text) ? text : asText(text, document);
  }
};

/** Converts version 1 and the shell's forms to the present canonical form. */
const asText = (text: string, document: object): string => {
  try {
    return EJSON.stringify(document, { relaxed: false });
  } catch {
    return JSON.stringify(text);
  }
};

const isStrictJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const cutShort = (file: DumpFile, offset: number) =>
  sourceError({
    code: 'json-cut-short',
    file: file.path,
    offset,
    message:
      'the file ends in the middle of a document. Everything before that is imported. Export it again and import it again.',
  });

const notDocuments = (file: DumpFile) =>
  sourceError({
    code: 'not-json',
    file: file.path,
    offset: 0,
    message: 'the file does not contain JSON documents. Create it with mongoexport, as JSON.',
  });
