import { plainValue } from '../../../legacy/plain-value.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { isPlain } from '../edits.ts';

/** BSON types that hold a text or a time, as readers see them. */
const carriers = /^(?:BSONSymbol|Symbol|Binary|Timestamp)$/;

const typeOf = (found: unknown): string =>
  typeof found === 'object' && found !== null && '_bsontype' in found ? String(found._bsontype) : '';

/** A value with the texts and times that are in symbols, binary data and timestamps taken out of them; everything else as it is. */
export const uncarried = (found: unknown): unknown => {
  if (Array.isArray(found)) return found.map(uncarried);
  if (isPlain(found)) return Object.fromEntries(Object.entries(found).map(([name, part]) => [name, uncarried(part)]));
  if (!carriers.test(typeOf(found))) return found;
  const plain = plainValue(found);
  return typeof plain === 'string' || plain instanceof Date ? plain : found;
};

/** Whether there is anything to take out of it. */
export const carries = (found: unknown): boolean =>
  Array.isArray(found) || isPlain(found)
    ? Object.values(found).some(carries)
    : carriers.test(typeOf(found)) && uncarried(found) !== found;

/** A text or a time in the BSON type of the one that it replaces; `undefined` if that has no type of its own. */
export const carriedLike = (bson: Mongo['bson'], before: unknown, after: unknown): unknown => {
  const type = typeOf(before);
  if (type === 'Timestamp' && after instanceof Date) {
    const { i } = before as InstanceType<Mongo['bson']['Timestamp']>;
    return new bson.Timestamp({ t: Math.floor(after.getTime() / 1_000), i });
  }
  const text = typeof after === 'number' ? String(after) : after;
  if (typeof text !== 'string' || !carries(before) || type === 'Timestamp') return undefined;
  if (type === 'Binary') return new bson.Binary(Buffer.from(text), (before as { sub_type: number }).sub_type);
  return new bson.BSONSymbol(text);
};
