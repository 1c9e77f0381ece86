import { EJSON, serialize } from 'bson';
import { parseExtendedJson } from '../dump/json/extended-json.ts';
import { readBson } from '../dump/read-bson.ts';
import { scanJson } from '../dump/scan.ts';
import type { SourceDocument, UnreadableDocument } from '../source.ts';
import { whyUnreadable } from '../why-unreadable.ts';

/**
 * A document from what quarantine keeps of it, as the source that it came from would give it: from BSON, if it can be
 * written as BSON.
 *
 * @param raw canonical Extended JSON; the bytes as binary data, if it has no such form; a JSON text, if it could not be read
 */
export const documentOfRaw = (raw: string, place: string): SourceDocument | UnreadableDocument => {
  const bytes = bsonOf(raw);
  if (bytes !== undefined) return readBson(bytes, place);
  const found = { bytes: Buffer.from(raw), place, raw: () => raw, scan: () => scanJson(raw) };
  try {
    const json: unknown = JSON.parse(raw);
    const document = parseExtendedJson(typeof json === 'string' ? json : raw);
    if (typeof document !== 'object' || document === null || Array.isArray(document))
      throw new Error('it does not contain a document');
    return { ...found, document: document as Record<string, unknown> };
  } catch (error) {
    return { ...found, unreadable: { code: 'not-json', reason: whyUnreadable(error) } };
  }
};

const bsonOf = (raw: string): Buffer | undefined => {
  try {
    const json: unknown = JSON.parse(raw);
    if (typeof json !== 'object' || json === null) return undefined;
    if (isWholeBinary(json)) return Buffer.from(json.$binary.base64, 'base64');
    return Buffer.from(serialize(EJSON.parse(raw, { relaxed: false }) as Record<string, unknown>));
  } catch {
    return undefined;
  }
};

const isWholeBinary = (json: object): json is { $binary: { base64: string } } =>
  Object.keys(json).length === 1 &&
  '$binary' in json &&
  typeof json.$binary === 'object' &&
  json.$binary !== null &&
  'base64' in json.$binary &&
  typeof json.$binary.base64 === 'string';
