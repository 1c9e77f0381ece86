import type { Document, Filter } from 'mongodb';
import { bsonOptions } from '../raw/bson-options.ts';
import type { Mongo } from './connect.ts';

type Bson = Mongo['bson'];

/**
 * MongoDB sorts values by type first and compares only values of one type: `{ $gt: 17 }` finds no text. So the IDs after
 * one ID are those of its own type that are greater, and all of the types after it. Each type here has its least value.
 * Types that cannot be an `_id` (lists, regular expressions, undefined) are left out.
 */
const types = (bson: Bson): readonly { readonly is: (id: unknown) => boolean; readonly all: object }[] => [
  { is: (id) => typed(id) === 'MinKey', all: { _id: new bson.MinKey() } },
  { is: (id) => id === null, all: { _id: null } },
  { is: isNumber, all: { $or: [{ _id: Number.NaN }, { _id: { $gte: Number.NEGATIVE_INFINITY } }] } },
  { is: (id) => typeof id === 'string' || typed(id) === 'BSONSymbol', all: { _id: { $gte: '' } } },
  { is: (id) => typed(id) === undefined && isObject(id), all: { _id: { $gte: {} } } },
  { is: (id) => typed(id) === 'Binary', all: { _id: { $gte: new bson.Binary(new Uint8Array(0)) } } },
  { is: (id) => typed(id) === 'ObjectId', all: { _id: { $gte: new bson.ObjectId('0'.repeat(24)) } } },
  { is: (id) => typeof id === 'boolean', all: { _id: { $gte: false } } },
  { is: (id) => id instanceof Date, all: { _id: { $gte: new Date(-8.64e15) } } },
  { is: (id) => typed(id) === 'Timestamp', all: { _id: { $gte: new bson.Timestamp({ t: 0, i: 0 }) } } },
  { is: (id) => typed(id) === 'MaxKey', all: { _id: new bson.MaxKey() } },
];

const typed = (id: unknown): string | undefined =>
  typeof id === 'object' && id !== null && '_bsontype' in id ? String(id._bsontype) : undefined;
const isObject = (id: unknown) => typeof id === 'object' && id !== null && !(id instanceof Date);
const isNumber = (id: unknown) =>
  typeof id === 'number' ||
  typeof id === 'bigint' ||
  ['Int32', 'Long', 'Double', 'Decimal128'].includes(typed(id) ?? '');

/**
 * Finds the documents that come after this `_id` when sorted by `_id`; all of them if it is of a type that we do not
 * know (reading one twice changes nothing).
 * @param id as the driver's own BSON type, with the type of its number kept
 */
export const afterId = (bson: Bson, id: unknown): Filter<Document> => {
  const order = types(bson);
  const at = order.findIndex(({ is }) => is(id));
  if (at < 0) return {};
  const later = order.slice(at + 1).map(({ all }) => all);
  const filters = [...ofSameType(id), ...later];
  return (filters.length === 0 ? { _id: { $in: [] } } : { $or: filters }) as Filter<Document>;
};

/** NaN sorts before all other numbers, and is not less than any of them. */
const ofSameType = (id: unknown): object[] => {
  if (id === null || typed(id) === 'MinKey' || typed(id) === 'MaxKey') return [];
  const notANumber = isNumber(id) && Number.isNaN(Number(String(id)));
  return [{ _id: notANumber ? { $gte: Number.NEGATIVE_INFINITY } : { $gt: id } }];
};

/** The `_id` of a document, from its bytes, in the driver's own types; `undefined` if they cannot be read. */
export const idOf = (bson: Bson, bytes: Uint8Array): unknown => {
  try {
    return bson.deserialize(bytes, keepTypes)._id;
  } catch {
    return undefined;
  }
};

const keepTypes = { ...bsonOptions, promoteValues: false } as const;

/** Converts an `_id` to text, and back. */
export const idText = (bson: Bson, id: unknown): string => bson.EJSON.stringify({ id }, { relaxed: false });
export const idFromText = (bson: Bson, text: string): unknown => bson.EJSON.parse(text, { relaxed: false }).id;
