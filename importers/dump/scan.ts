import { Decimal128, ObjectId } from 'bson';
import type { Entry } from '../source.ts';

/** The type and the name of an element, which are next to each other in BSON. */
const element = /(\p{Cc})([A-Za-z_][\w$ .-]{0,59}|\d{1,5})\0/gu;

/**
 * Finds names and values in the bytes of a BSON document by the pattern of its elements, even if the document is
 * broken, and all of them if a name occurs more than once. Items of a list have the list's name.
 */
export const scanBson = (bytes: Uint8Array): readonly Entry[] => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Entry[] = [];
  let list = '';
  for (const match of buffer.toString('latin1').matchAll(element)) {
    const [whole, type, name] = match as unknown as [string, string, string];
    if (type === '\x04') {
      list = name;
      continue;
    }
    const value = valueAt(buffer, match.index + whole.length, type.charCodeAt(0));
    if (value !== undefined) entries.push({ parent: '', name: /^\d/.test(name) ? list : name, value });
    if (entries.length >= maxEntries) break;
  }
  return entries;
};

const maxEntries = 10_000;

const valueAt = (buffer: Buffer, at: number, type: number): unknown => {
  const has = (length: number) => at + length <= buffer.length;
  switch (type) {
    case 0x01:
      return has(8) ? buffer.readDoubleLE(at) : undefined;
    case 0x02:
    case 0x0e:
      return has(4) ? textAt(buffer, at + 4, buffer.readInt32LE(at)) : undefined;
    case 0x07:
      return has(12) ? new ObjectId(Uint8Array.from(buffer.subarray(at, at + 12))) : undefined;
    case 0x08:
      return has(1) ? buffer[at] !== 0 : undefined;
    case 0x09:
      return has(8) ? new Date(Number(buffer.readBigInt64LE(at))) : undefined;
    case 0x10:
      return has(4) ? buffer.readInt32LE(at) : undefined;
    case 0x11:
    case 0x12:
      return has(8) ? Number(buffer.readBigInt64LE(at)) : undefined;
    case 0x13:
      return has(16) ? new Decimal128(Uint8Array.from(buffer.subarray(at, at + 16))) : undefined;
    default:
      return undefined;
  }
};

/** Text with a wrong length is read up to its terminator. */
const textAt = (buffer: Buffer, at: number, length: number): string => {
  const right = length > 0 && at + length <= buffer.length && buffer[at + length - 1] === 0;
  const end = right ? at + length - 1 : buffer.indexOf(0, at);
  return buffer.toString('utf8', at, end === -1 ? buffer.length : end);
};

const pair =
  /"((?:[^"\\]|\\.){1,60})"\s*:\s*(?:\{\s*"\$\w{1,20}"\s*:\s*)?(?:"((?:[^"\\]|\\.)*)"|(true|false|null|NaN|-?Infinity|-?[\d.]+(?:[eE][-+]?\d+)?)|[A-Za-z]{3,20}\(\s*"?([^")]{0,100}))/g;
const listed = /"((?:[^"\\]|\\.){1,60})"\s*:\s*\[((?:\s*"(?:[^"\\]|\\.)*"\s*,?){1,1000})/g;
const text = /"((?:[^"\\]|\\.)*)"/g;

/** Like `scanBson`, for the text of a JSON document. */
export const scanJson = (json: string): readonly Entry[] => {
  const entries: Entry[] = [];
  for (const [, name, string, literal, called] of json.matchAll(pair)) {
    const value =
      literal === undefined
        ? unescaped(string ?? called ?? '')
        : literal in literals
          ? literals[literal]
          : Number(literal);
    entries.push({ parent: '', name: unescaped(name!), value });
    if (entries.length >= maxEntries) return entries;
  }
  for (const [, name, parts] of json.matchAll(listed)) {
    for (const [, part] of parts!.matchAll(text))
      entries.push({ parent: '', name: unescaped(name!), value: unescaped(part!) });
    if (entries.length >= maxEntries) return entries;
  }
  return entries;
};

const literals: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

const unescaped = (found: string): string => {
  if (!found.includes('\\')) return found;
  try {
    return JSON.parse(`"${found}"`) as string;
  } catch {
    return found;
  }
};
