import type { Document, Filter } from 'mongodb';
import { readBson } from '../../../dump/read-bson.ts';
import { documentKey } from '../../../legacy/fields/ids/document-id.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { recordTypes } from '../../../mappings/record-types.ts';
import type { MappedCollection } from '../../../mappings/schema.ts';
import { keyInBson } from '../../../raw/document-key.ts';
import { isUnreadable } from '../../../source.ts';
import { type HashTable, hashTable, keyOf } from '../../../staging/ids/hash-table.ts';
import { isForbidden } from '../../explain-error.ts';
import { idOf } from '../../id-order.ts';
import { rawBatches } from '../../read-documents.ts';
import { addAll, canBeQueried, type Gathered, type Gathering, pageSize } from '../gather.ts';
import { takes } from '../standings.ts';
import { noteMissing } from './gone.ts';
import { noteMissingEntries } from './gone-entries.ts';
import { idsOnFile } from './ids-on-file.ts';

/** What the table of `_id`s says of each. */
const [notOnFile, onFile] = [0, 1];

/**
 * Compares the `_id`s of a type's documents in the old CRM with those on file: notes which documents are gone, and adds
 * those that are new. (A poll finds new ones only by a date, or by the time in an ObjectId.) Reads only `_id`s, what the
 * mapping's filters need, and the new documents. Memory: about 40 bytes per `_id`.
 *
 * @param into where the documents of a collection are gathered
 * @returns whether it came to its end; if not, there are enough new documents for one run, and no others were noted as gone
 */
export const sweepIds = async (
  gathering: Gathering,
  type: MappedType,
  into: (collection: string) => Gathered,
): Promise<boolean> => {
  const { ids, areAll } = await idsThere(gathering, type);
  let known = 0;
  const mark = (before: number | undefined) => {
    if (before === notOnFile) known++;
    return onFile;
  };
  for await (const page of idsOnFile(gathering.db, type)) {
    for (const id of page) {
      const key = keyOf(id);
      if (ids.get(key) !== undefined) ids.update(key, mark);
    }
  }
  if (known < ids.size() && !(await addNew(gathering, type, ids, into))) return false;
  if (areAll) {
    const isThere = (id: string) => ids.get(keyOf(id)) !== undefined;
    await noteMissing(gathering, type, isThere);
    await noteMissingEntries(gathering, type, isThere);
  }
  return true;
};

/** All `_id`s of a type's documents; `areAll` is false if there may be others. */
const idsThere = async (gathering: Gathering, type: MappedType) => {
  const ids = hashTable();
  let areAll = true;
  for (const part of type.collections) {
    try {
      for await (const batch of idsIn(gathering, type, part)) {
        for (const { id } of batch) {
          if (id === undefined) areAll = false;
          else ids.update(keyOf(id), () => notOnFile);
        }
      }
    } catch (error) {
      if (!isForbidden(error)) throw error;
      areAll = false;
    }
  }
  return { ids, areAll };
};

/** @returns whether all are added; if not, there are enough for one run */
const addNew = async (
  gathering: Gathering,
  type: MappedType,
  ids: HashTable,
  into: (collection: string) => Gathered,
): Promise<boolean> => {
  const { mongo, collections } = gathering;
  for (const part of type.collections.filter(({ name }) => collections.includes(name))) {
    let wanted: unknown[] = [];
    const isRoomLeft = async () => {
      const filter = { _id: { $in: wanted } } as Filter<Document>;
      wanted = [];
      return (await addAll(gathering, part.name, filter, into(part.name))) !== 'full';
    };
    for await (const batch of idsIn(gathering, type, part)) {
      for (const { id, bytes } of batch) {
        if (id === undefined || ids.get(keyOf(id)) !== notOnFile) continue;
        wanted.push(idOf(mongo.bson, bytes));
        if (wanted.length >= pageSize && !(await isRoomLeft())) return false;
      }
    }
    if (wanted.length > 0 && !(await isRoomLeft())) return false;
  }
  return true;
};

/** An `_id` as its key (`undefined`: it cannot be read), and the document with it. */
type IdThere = { readonly id: string | undefined; readonly bytes: Buffer };

/** The `_id`s in a collection, of documents that the type takes, as many at a time as the server sends. */
export async function* idsIn(
  { mongo, signal }: Pick<Gathering, 'mongo' | 'signal'>,
  type: MappedType,
  { name, where }: MappedCollection,
): AsyncGenerator<readonly IdThere[], void, undefined> {
  const roots = (where ?? []).map(([path]) => path.split('.')[0]!);
  const projection = { ...Object.fromEntries(roots.map((root) => [root, 1])), _id: 1 };
  // Messages that were sent never go, and a poll finds new ones with an ObjectId.
  const filter = recordTypes[type.type].collection === 'alerts_sent' ? { _id: { $not: { $type: 7 } } } : {};
  const cursor = mongo.db.collection(name).find(filter as Filter<Document>, {
    raw: true,
    batchSize: 10_000,
    ...(roots.every(canBeQueried) ? { projection } : {}),
    promoteBuffers: false,
  });
  const idIn = (bytes: Buffer): readonly IdThere[] => {
    const key = where === undefined ? keyInBson(bytes) : undefined;
    if (key !== undefined) return [{ id: key, bytes }];
    const found = readBson(Buffer.from(bytes), name);
    if (isUnreadable(found)) return [{ id: undefined, bytes }];
    const id = documentKey(found.document._id);
    return id !== undefined && takes(type, name, found) ? [{ id, bytes }] : [];
  };
  try {
    for await (const batch of rawBatches(cursor)) {
      signal.throwIfAborted();
      yield batch.flatMap(idIn);
    }
  } finally {
    await cursor.close().catch(() => {});
  }
}
