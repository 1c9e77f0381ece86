import { EJSON } from 'bson';
import { isPlainObject } from '../../legacy/plain-value.ts';
import { isMissing } from '../../legacy/reading.ts';
import { valueAt } from '../../mappings/path.ts';

/**
 * A correction of one value of a document, at a dotted path as mappings have them: `address.city`, `phones.0.number`. A number is the place
 * of an item in the document as the old CRM has it, whatever other changes remove.
 */
export type Change = (
  | { readonly path: string; readonly value: unknown; readonly unset?: never }
  | { readonly path: string; readonly unset: true }
) & {
  /** Made by an older release: its numbers do not count items that changes before it removed. */
  readonly skipsRemoved?: boolean;
};

type Document = Readonly<Record<string, unknown>>;

const maxNames = 12;

/** Why a text is not a path; `undefined` if it is one. */
export const pathProblem = (path: string): string | undefined => {
  const names = path.split('.');
  if (path.trim() === '') return 'the path is empty';
  if (names.some((name) => name.trim() === '')) return `"${path}" is not a path: a name between dots is empty`;
  if (path.length > 200 || names.length > maxNames) return 'the path is too long';
  return undefined;
};

/** A change for which the document has no place. */
export type ImpossibleChange = Error & { readonly name: 'ImpossibleChange' };
export const isImpossibleChange = (error: unknown): error is ImpossibleChange =>
  error instanceof Error && error.name === 'ImpossibleChange';
const impossible = (message: string): ImpossibleChange =>
  Object.assign(new Error(message), { name: 'ImpossibleChange' as const });

/**
 * A copy of a document with changes applied in order. A mapping that looks at the same path finds the new value. The
 * given document is not modified. A removed item of a list keeps its place until all are applied, so that no other item moves there:
 * removing it once more changes nothing.
 *
 * @throws ImpossibleChange if a path leads through something that is not a document, or there is nothing to unset
 */
export const correctedDocument = (document: Document, changes: readonly Change[]): Document => {
  let corrected = document;
  let hasRemovedItems = false;
  for (const change of changes) {
    const problem = pathProblem(change.path);
    if (problem !== undefined) throw impossible(problem);
    const given = change.path.split('.');
    const names = change.skipsRemoved && hasRemovedItems ? countingRemoved(corrected, given, 0) : given;
    const path = names.join('.');
    if (change.unset) {
      if (!isThere(corrected, names, 0)) throw impossible(`there is nothing at ${path}`);
      if (isItem(corrected, names, 0)) {
        corrected = changed(corrected, names, 0, gone) as Document;
        hasRemovedItems = true;
        continue;
      }
      // A document may have both `a.b` as one name and a `b` in `a`.
      for (let left = maxNames; left > 0 && isThere(corrected, names, 0); left--)
        corrected = changed(corrected, names, 0, gone) as Document;
    } else {
      const value = bsonOf(change.value);
      corrected = changed(corrected, names, 0, value) as Document;
      if (!isMissing(value) && valueAt(corrected, path) !== value) throw impossible(`another value hides ${path}`);
    }
  }
  return hasRemovedItems ? (withoutGone(corrected) as Document) : corrected;
};

/** Marks a value that is removed, and the place of an item of a list that was. */
const gone = Symbol('gone');

const withoutGone = (found: unknown): unknown => {
  if (Array.isArray(found)) return found.filter((item) => item !== gone).map(withoutGone);
  if (!isPlainObject(found)) return found;
  return Object.fromEntries(Object.entries(found).map(([name, inner]) => [name, withoutGone(inner)]));
};

/** A path whose numbers do not count removed items, as one whose numbers do. */
const countingRemoved = (found: unknown, names: readonly string[], from: number): string[] => {
  if (Array.isArray(found) && /^\d{1,9}$/.test(names[from] ?? '')) {
    const kept = [...found.keys()].filter((place) => found[place] !== gone);
    const place = kept[Number(names[from])] ?? found.length + Number(names[from]) - kept.length;
    return [String(place), ...countingRemoved(found[place], names, from + 1)];
  }
  if (!isPlainObject(found) || from === names.length) return names.slice(from);
  const to = placeIn(withoutGone(found) as Document, names, from);
  const inner = found[names.slice(from, to + 1).join('.')];
  return [...names.slice(from, to + 1), ...countingRemoved(inner, names, to + 1)];
};

/** Extended JSON (`{"$oid": "…"}`, `{"$date": "…"}`) as the value that it stands for. */
const bsonOf = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  try {
    return EJSON.deserialize(value as Parameters<typeof EJSON.deserialize>[0], { relaxed: true });
  } catch {
    return value;
  }
};

const changed = (found: unknown, names: readonly string[], from: number, value: unknown): unknown => {
  const whole = names.slice(0, from).join('.');
  if (Array.isArray(found)) return changedList(found, whole, names, from, value);
  if (!isPlainObject(found)) {
    throw impossible(`${whole} is not a sub-document, so it has no ${names[from]}: set ${whole} as a whole`);
  }
  const to = placeIn(found, names, from);
  const name = names.slice(from, to + 1).join('.');
  const last = to === names.length - 1;
  if (last && value === gone) return Object.fromEntries(Object.entries(found).filter(([key]) => key !== name));
  const inner = Object.hasOwn(found, name) ? found[name] : undefined;
  const next = last ? value : changed(isMissing(inner) ? {} : inner, names, to + 1, value);
  const entries = Object.entries(found);
  return Object.fromEntries(
    Object.hasOwn(found, name)
      ? entries.map(([key, kept]) => [key, key === name ? next : kept])
      : [...entries, [name, next]],
  );
};

/** The lists of which changes name an item, by their paths: `phones` for `phones.0.number`. */
export const namedLists = (document: Document, changes: readonly Change[]): readonly string[] => {
  const lists = changes.flatMap(({ path }) => {
    const names = path.split('.');
    const length = names.findIndex((_, at) => at > 0 && Array.isArray(insideOf(document, names.slice(0, at), 0)));
    return length === -1 ? [] : [names.slice(0, length).join('.')];
  });
  return [...new Set(lists)];
};

/** Whether a path leads to an item of a list. */
const isItem = (found: unknown, names: readonly string[], from: number): boolean => {
  if (Array.isArray(found)) return from === names.length - 1 || isItem(found[Number(names[from])], names, from + 1);
  if (!isPlainObject(found)) return false;
  const to = placeIn(found, names, from);
  return to < names.length - 1 && isItem(found[names.slice(from, to + 1).join('.')], names, to + 1);
};

const changedList = (
  found: readonly unknown[],
  whole: string,
  names: readonly string[],
  from: number,
  value: unknown,
): unknown => {
  const name = names[from]!;
  if (!/^\d{1,9}$/.test(name)) throw impossible(`${whole} is a list: name an item of it, like ${whole}.0.${name}`);
  const index = Number(name);
  if (index > found.length) throw impossible(`${whole} has only ${found.length} items`);
  const copy = [...found];
  if (from < names.length - 1) {
    const inner = found[index];
    if (inner === gone) throw impossible(`${whole}.${name} was removed: set it as a whole`);
    copy[index] = changed(isMissing(inner) ? {} : inner, names, from + 1, value);
  } else copy[index] = value;
  return copy;
};

/**
 * Where the next name in a path ends, since names may contain dots themselves: the name under which there is a value,
 * otherwise one under which there is an empty value, otherwise a new name of one part.
 */
const placeIn = (found: Document, names: readonly string[], from: number): number => {
  let empty: number | undefined;
  for (let to = from; to < names.length; to++) {
    const name = names.slice(from, to + 1).join('.');
    if (!Object.hasOwn(found, name) || !isThere(found[name], names, to + 1)) continue;
    if (!isMissing(insideOf(found[name], names, to + 1))) return to;
    empty ??= to;
  }
  return empty ?? from;
};

const insideOf = (found: unknown, names: readonly string[], from: number): unknown =>
  from === names.length ? found : valueAt(found, names.slice(from).join('.'));

/** Whether there is anything at a path, even an empty value. */
const isThere = (found: unknown, names: readonly string[], from: number): boolean => {
  if (from === names.length) return true;
  if (Array.isArray(found)) {
    const name = names[from]!;
    return /^\d{1,9}$/.test(name) && Number(name) < found.length && isThere(found[Number(name)], names, from + 1);
  }
  if (!isPlainObject(found)) return false;
  return names.slice(from).some((_, index) => {
    const name = names.slice(from, from + index + 1).join('.');
    return Object.hasOwn(found, name) && isThere(found[name], names, from + index + 1);
  });
};
