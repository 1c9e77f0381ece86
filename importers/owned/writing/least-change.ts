import type { Mongo } from '../../mongo/connect.ts';
import { type Edit, edited, isPlain, type RawDocument, rawAt } from './edits.ts';
import { carriedLike, uncarried } from './forms/carried.ts';
import { separatorOf } from './forms/forms.ts';
import { inStyleOf, isNumber, typedLike } from './forms/numbers.ts';

/**
 * Write-back changes nothing but what has to change: the BSON type of a number, the spelling of a value that stays as it is, what
 * a sub-document or list has besides, and what openhouse did not understand are all kept.
 */

/** A new value in the form of the one that it replaces, with everything that this one has besides. */
export const alike = (bson: Mongo['bson'], before: unknown, after: unknown): unknown => {
  const plain = uncarried(before);
  if (!isPlain(before) && !Array.isArray(before) && plain !== before) {
    const formed = alike(bson, plain, after);
    return formed === plain ? before : (carriedLike(bson, before, formed) ?? after);
  }
  if (typeof after === 'number') {
    if (isNumber(before)) return Number(String(before)) === after ? before : typedLike(bson, before, after);
    return typeof before === 'string' ? (inStyleOf(before, after)[0] ?? String(after)) : after;
  }
  // A ZIP code that is a number.
  if (typeof after === 'string' && isNumber(before) && /^\d{1,15}$/.test(after))
    return typedLike(bson, before, Number(after));
  if (isPlain(before) && isPlain(after)) {
    const kept = Object.entries(before).map(([name, value]) => [
      name,
      Object.hasOwn(after, name) ? alike(bson, value, after[name]) : value,
    ]);
    return Object.fromEntries([...kept, ...Object.entries(after).filter(([name]) => !Object.hasOwn(before, name))]);
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const numbers = after.length === before.length && after.every((item) => typeof item === 'number');
    return after.map((item, index) => alike(bson, numbers ? before[index] : before.find(sameItem(item)), item));
  }
  return after;
};

/** Of a list of sub-documents, those about the same begin with the same value: the address of a photo. */
const sameItem =
  (item: unknown) =>
  (other: unknown): boolean => {
    if (!isPlain(item) || !isPlain(other)) return false;
    const [name] = Object.keys(item);
    return name !== undefined && typeof item[name] === 'string' && other[name] === item[name];
  };

/** Whether an edit would drop what a sub-document has besides. Emptying it is another matter: a person did that. */
export const dropsParts = (document: RawDocument, { path, value }: Edit): boolean => {
  const before = rawAt(document, path);
  if (!isPlain(before) || value === null || value === undefined) return false;
  if (!isPlain(value)) return Object.keys(before).length > 0;
  return Object.keys(before).some((name) => !Object.hasOwn(value, name));
};

/**
 * The edits without whatever is not needed: each value that they replace is put back where the document still says the same.
 * @param says whether a document says what these edits are for
 * @param isList whether they are for a list, which a document may have as one text
 */
export const leastChange = (
  document: RawDocument,
  edits: readonly Edit[],
  says: (changed: RawDocument) => boolean,
  isList: boolean,
): readonly Edit[] => {
  const left = new Map(edits.map(({ path, value }) => [path, value]));
  const saysWith = (path: string, value: unknown) => {
    const changed = edited(document, listed(new Map([...left, [path, value]])));
    return changed !== undefined && says(changed);
  };
  for (const [path, value] of [...left]) {
    const before = rawAt(document, path);
    if (saysWith(path, before)) left.delete(path);
    else
      left.set(
        path,
        nearest(before, value, (other) => saysWith(path, other), isList),
      );
  }
  const changed = edited(document, listed(left));
  return changed !== undefined && says(changed) ? listed(left) : edits;
};

const listed = (edits: ReadonlyMap<string, unknown>): Edit[] => [...edits].map(([path, value]) => ({ path, value }));

/** The parts that are put back, one after the other, of a sub-document or list. */
const mostParts = 60;

const nearest = (before: unknown, after: unknown, says: (value: unknown) => boolean, isList: boolean): unknown => {
  if (isPlain(before) && isPlain(after)) return nearestDocument(before, after, says, isList);
  if (Array.isArray(before) && Array.isArray(after)) return nearestList(before, after, says);
  if (isList && typeof before === 'string' && typeof after === 'string') {
    const separator = separatorOf(before);
    const words = (text: string) => text.split(/[,;|\n]/).map((word) => word.trim());
    const joined = (list: readonly unknown[]) => list.join(separator);
    if (!after.includes(separator) || !says(joined(words(after)))) return after;
    return joined(nearestList(words(before), words(after), (list) => says(joined(list))));
  }
  return after;
};

const nearestDocument = (
  before: RawDocument,
  after: RawDocument,
  says: (value: unknown) => boolean,
  isList: boolean,
): RawDocument => {
  let kept = after;
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].slice(0, mostParts)) {
    if (before[name] === kept[name]) continue;
    const { [name]: without, ...others } = kept;
    const restored = Object.hasOwn(before, name) ? { ...kept, [name]: before[name] } : others;
    if (says(restored)) kept = restored;
    else kept = { ...kept, [name]: nearest(before[name], without, (part) => says({ ...kept, [name]: part }), isList) };
  }
  return kept;
};

/** Items that are still meant, or were never understood, stay as they are and where they are; new ones follow. */
const nearestList = (
  before: readonly unknown[],
  after: readonly unknown[],
  says: (list: readonly unknown[]) => boolean,
): readonly unknown[] => {
  const items = [...new Set(before)].slice(0, mostParts);
  const kept = items.filter((item) => after.includes(item) || says([item, ...after]));
  let list: readonly unknown[] = [...kept, ...after.filter((item) => !kept.includes(item))];
  if (kept.length === 0 || before.length > mostParts || !says(list)) return after;
  for (const item of after.slice(0, mostParts)) {
    const without = list.filter((other) => other !== item || before.includes(other));
    if (without.length < list.length && says(without)) list = without;
  }
  return list;
};
