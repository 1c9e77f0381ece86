import { deserialize } from 'bson';
import { bsonOptions } from './bson-options.ts';
import { bsonTypes, outlineOf, stride } from './outline.ts';

/**
 * The `_id` of a BSON document, found without reading the rest of it. An ObjectId, which most are, is returned as its
 * 24 hex digits. `undefined` if only reading the document can tell.
 */
export const idInBson = (bytes: Buffer): { readonly objectId: string } | { readonly value: unknown } | undefined => {
  const outline = outlineOf(bytes);
  if (outline === undefined) return undefined;
  const { at, count } = outline;
  let found = -1;
  for (let element = 0; element < count; element++) {
    const slot = element * stride;
    if (!isNamedId(bytes, at[slot + 1]!, at[slot + 2]!)) continue;
    if (found !== -1) return undefined; // the last one counts, if there are several
    found = slot;
  }
  if (found === -1) return undefined;
  const [start, end] = [at[found + 3]!, at[found + 4]!];
  if (at[found] === bsonTypes.objectId) return { objectId: bytes.toString('hex', start, end) };
  return { value: valueInBson(bytes, at[found]!, start, end) };
};

const isNamedId = (bytes: Buffer, start: number, end: number): boolean =>
  end - start === 3 && bytes[start] === 0x5f && bytes[start + 1] === 0x69 && bytes[start + 2] === 0x64;

/** One value of a document, as reading the whole document would give it. */
export const valueInBson = (bytes: Buffer, type: number, start: number, end: number): unknown => {
  const length = 4 + 3 + (end - start) + 1;
  const alone = Buffer.alloc(length);
  alone.writeInt32LE(length, 0);
  alone[4] = type;
  alone[5] = 0x76; // `v`
  bytes.copy(alone, 7, start, end);
  return deserialize(alone, bsonOptions).v;
};
