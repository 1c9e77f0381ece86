import { decimalOf } from '../../../domain/identity/legacy-id.ts';
import type { Mongo } from '../../mongo/connect.ts';
import { bsonOptions } from '../../raw/bson-options.ts';

/** One value of a document to set; `undefined` removes it. In the driver's own BSON types. */
export type Edit = { readonly path: string; readonly value: unknown };

export type RawDocument = Record<string, unknown>;

/** A document with its values in the driver's own BSON types. */
export const rawDocument = (bson: Mongo['bson'], bytes: Uint8Array): RawDocument =>
  bson.deserialize(bytes, { ...bsonOptions, promoteValues: false }) as RawDocument;

/** Whether it is a sub-document, and no value of a BSON type. */
export const isPlain = (found: unknown): found is RawDocument =>
  typeof found === 'object' &&
  found !== null &&
  !Array.isArray(found) &&
  !('_bsontype' in found) &&
  !(found instanceof Date);

/** The value at a path of plain sub-documents, in its own BSON type. */
export const rawAt = (document: RawDocument, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (found, name) => (isPlain(found) && Object.hasOwn(found, name) ? found[name] : undefined),
      document,
    );

/** A copy with these edits; `undefined` if a path leads through a list, or through something that is not a document. */
export const edited = (document: RawDocument, edits: readonly Edit[]): RawDocument | undefined => {
  const copy = { ...document };
  for (const { path, value } of edits) {
    const names = path.split('.');
    let at = copy;
    for (const name of names.slice(0, -1)) {
      const inner = at[name];
      if (inner !== undefined && inner !== null && !isPlain(inner)) return undefined;
      const next: RawDocument = { ...(inner ?? {}) };
      at[name] = next;
      at = next;
    }
    if (value === undefined) delete at[names.at(-1)!];
    else at[names.at(-1)!] = value;
  }
  return copy;
};

/**
 * The update for these edits, and a filter that matches only while everything that they replace is as it was: what someone
 * else has changed meanwhile is never overwritten.
 */
export const updateOf = (document: RawDocument, edits: readonly Edit[]) => {
  const last = new Map(edits.map((edit) => [edit.path, edit.value]));
  const filter: Record<string, unknown> = { _id: document._id };
  const [set, unset]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [path, value] of last) {
    const before = rawAt(document, path);
    filter[path] = before === undefined ? { $exists: false } : { $eq: before };
    if (value === undefined) unset[path] = '';
    else set[path] = value;
  }
  return {
    filter,
    update: {
      ...(Object.keys(set).length === 0 ? {} : { $set: set }),
      ...(Object.keys(unset).length === 0 ? {} : { $unset: unset }),
    },
  };
};

/**
 * The `_id` for a key of the ledger, in the driver's own BSON types (see `documentKey`); `undefined` for keys that were cut
 * because they are long.
 */
export const idOfKey = (bson: Mongo['bson'], key: string): unknown => {
  if (/…[0-9a-f]{40}$/.test(key)) return undefined;
  if (/^[0-9a-f]{24}$/.test(key)) return new bson.ObjectId(key);
  if (/^-?\d+(?:\.\d+)?$/.test(key) && decimalOf(key) === key) return numberOfKey(bson, key);
  if (key.startsWith('"')) return JSON.parse(key) as unknown;
  const uuid = /^(?<legacy>L?)UUID\("(?<hex>[0-9a-f-]{32,36})"\)$/.exec(key)?.groups;
  if (uuid !== undefined) {
    const bytes = Buffer.from(uuid.hex!.replaceAll('-', ''), 'hex');
    return new bson.Binary(bytes, uuid.legacy === '' ? bson.Binary.SUBTYPE_UUID : bson.Binary.SUBTYPE_UUID_OLD);
  }
  if (!key.startsWith('{')) return key;
  const flag = /^\{"\$bool":(true|false)\}$/.exec(key)?.[1];
  if (flag !== undefined) return flag === 'true';
  try {
    return bson.EJSON.parse(key, { relaxed: false }) as unknown;
  } catch {
    return undefined;
  }
};

/** To MongoDB, numbers of all types are the same `_id` if they are equal. */
const numberOfKey = (bson: Mongo['bson'], key: string): unknown => {
  if (decimalOf(String(Number(key))) === key) return Number(key);
  const long = /^-?\d{1,19}$/.test(key) ? bson.Long.fromString(key) : undefined;
  return long?.toString() === key ? long : bson.Decimal128.fromString(key);
};
