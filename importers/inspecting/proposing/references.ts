import { spelling } from '../../legacy/reading.ts';
import { type RecordTypeName, recordType } from '../../mappings/record-types.ts';
import { type InspectedPath, isSmallNumber, mostOfThem, shareAPart } from '../inspected-path.ts';

/** Which record type each collection (or part of one) has, by its label, as far as that is known. */
export type Types = ReadonlyMap<string, RecordTypeName>;
export const noTypes: Types = new Map();

/**
 * The paths of a record type's documents whose values a path's values equal, the surest first; each document of several
 * collections may be referred to, so their shares are added.
 */
export const targetsIn = ({ refersTo = [] }: InspectedPath, target: RecordTypeName, types: Types): string[] => {
  const shares = new Map<string, number>();
  for (const found of refersTo)
    if (types.get(found.in) === target) shares.set(found.path, (shares.get(found.path) ?? 0) + found.share);
  return [...shares]
    .filter(([, share]) => share >= mostOfThem)
    .sort(([one, a], [other, b]) => b - a || Number(other === '_id') - Number(one === '_id'))
    .map(([path]) => path);
};

/** Whether the values of a path are those of documents that a field refers to. */
export const refersTo = (path: InspectedPath, type: RecordTypeName, slot: string, types: Types): boolean => {
  const target = recordType(type).references[slot];
  if (target === undefined) return false;
  const [first] = targetsIn(path, target, types);
  // Two lists of small numbers have the same numbers, so a key that is not an `_id` must be called alike.
  return first !== undefined && (first === '_id' || !isSmallNumber(path) || shareAPart(path.path, first));
};

/** The paths of a type by which others refer to it, and the field of openhouse by which a mapping calls each. */
export type Keys = ReadonlyMap<RecordTypeName, ReadonlyMap<string, string>>;

/**
 * By what a reference refers to its target: the field whose values its own equal (`_id` or a key of the target), otherwise
 * what its name and its values look like.
 */
export const targetOf = (path: InspectedPath, target: RecordTypeName, types: Types, keys: Keys): string => {
  const mapped = keys.get(target) ?? new Map<string, string>();
  for (const found of targetsIn(path, target, types)) {
    const key = found === '_id' ? '_id' : mapped.get(found);
    if (key !== undefined) return key;
  }
  if (path.looksLike === 'e-mail address' || /e?mail$/i.test(path.path)) return 'email';
  const known = new Set(mapped.values());
  const named = recordType(target).keys.find((key) => spelling(path.path).includes(spelling(key)) && known.has(key));
  if (named !== undefined) return named;
  return /mls/i.test(path.path) && known.has('memberMlsId') ? 'memberMlsId' : '_id';
};
