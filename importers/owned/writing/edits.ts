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

/** The value at a path of sub-documents, and of items of lists by their number, in its own BSON type. */
export const rawAt = (document: RawDocument, path: string): unknown =>
  path.split('.').reduce<unknown>(partOf, document);

const partOf = (found: unknown, name: string): unknown => {
  if (Array.isArray(found)) return isIndex(name) ? found[Number(name)] : undefined;
  return isPlain(found) && Object.hasOwn(found, name) ? found[name] : undefined;
};

const isIndex = (name: string): boolean => /^\d{1,9}$/.test(name);

/** Stands for a value that cannot be at a path. */
const impossible = Symbol('impossible');

/**
 * A copy with these edits; `undefined` if a path leads through every item of a list, or through something that is not a document. A
 * path that names the first item of a list that is not there (`phones.0.number`) makes a list.
 */
export const edited = (document: RawDocument, edits: readonly Edit[]): RawDocument | undefined => {
  let copy: unknown = { ...document };
  for (const { path, value } of edits) {
    copy = put(copy, path.split('.'), value);
    if (copy === impossible) return undefined;
  }
  return copy as RawDocument;
};

const put = (found: unknown, [name, ...names]: readonly string[], value: unknown): unknown => {
  if (name === undefined) return value;
  const inner = put(partOf(found, name), names, value);
  if (inner === impossible) return impossible;
  if (found === undefined || found === null) {
    if (inner === undefined) return found;
    return name === firstItem ? [inner] : { [name]: inner };
  }
  if (Array.isArray(found)) {
    if (!isIndex(name) || Number(name) > found.length || inner === undefined) return impossible;
    return found.toSpliced(Number(name), 1, inner);
  }
  if (!isPlain(found)) return impossible;
  if (inner !== undefined) return { ...found, [name]: inner };
  const { [name]: _, ...others } = found;
  return others;
};

const firstItem = '0';

/**
 * The update for these edits, and a filter that matches only while everything that they replace is as it was: what someone
 * else has changed meanwhile is never overwritten.
 */
export const updateOf = (document: RawDocument, edits: readonly Edit[]) => {
  const after = edited(document, edits) ?? document;
  const filter: Record<string, unknown> = { _id: document._id };
  const [set, unset]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const path of new Set(edits.map((edit) => settable(document, edits, edit.path)))) {
    const [before, value] = [rawAt(document, path), rawAt(after, path)];
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
 * The path at which an update can make an edit: MongoDB sets nothing inside of `null`, nor something and a part of it at once, and
 * does not begin lists.
 */
const settable = (document: RawDocument, edits: readonly Edit[], path: string): string => {
  const names = path.split('.');
  const isWhole = (upTo: number): boolean => {
    const above = names.slice(0, upTo).join('.');
    const found = rawAt(document, above);
    return (
      found === null || (found === undefined && names[upTo] === firstItem) || edits.some((edit) => edit.path === above)
    );
  };
  const at = names.findIndex((_, index) => index > 0 && isWhole(index));
  return at < 0 ? path : names.slice(0, at).join('.');
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
