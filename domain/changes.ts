/** The known fields of a record: a missing field is unknown, `null` means "known to be empty". */
export type Known<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | null };

/**
 * The fields in `wanted` that differ from `current`. A field that is empty in both (missing or `null`) has not changed.
 * A field that becomes empty is returned as `null`, so that the event records it.
 *
 * @param same whether two values of a field are equal: `sameMeaning` for values from a source, `sameValue` for a
 * person's corrections (who may well want to correct the spelling)
 */
export const changedFields = <Fields extends object>(
  current: Known<Fields>,
  wanted: Known<Fields>,
  same: (left: unknown, right: unknown) => boolean = sameMeaning,
): Known<Fields> => {
  const changes: { -readonly [Name in keyof Fields]?: Fields[Name] | null } = {};
  for (const name of Object.keys(wanted) as (keyof Fields)[]) {
    // Two IDs that differ in case are two documents.
    const isSame = name === 'legacyIds' ? sameIds : same;
    if (wanted[name] === undefined || isSame(current[name], wanted[name])) continue;
    changes[name] = isEmpty(wanted[name]) ? null : wanted[name];
  }
  return changes;
};

/** `current` with `changes` applied. A field changed to `null` is removed, so that equal records have equal states. */
export const withChanges = <Fields extends object>(current: Known<Fields>, changes: Known<Fields>): Known<Fields> => {
  const next: { -readonly [Name in keyof Fields]?: Fields[Name] | null } = { ...current };
  for (const name of Object.keys(changes) as (keyof Fields)[]) {
    if (changes[name] === undefined) continue;
    if (changes[name] === null) delete next[name];
    else next[name] = changes[name];
  }
  return next;
};

/** `fields` without empty ones (missing, `null`, empty list), as in the first event of a record. */
export const knownFields = <Fields extends object>(fields: Known<Fields>): Partial<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value))) as Partial<Fields>;

type WithIds = { readonly legacyIds?: readonly string[] | null | undefined };

/**
 * The documents that a record still has when it continues after a split; others may have left it while it was part of
 * another record. If the source gives no `legacyIds`, the record keeps all it had.
 */
export const remaining = ({ legacyIds: before }: WithIds, { legacyIds: now }: WithIds): { legacyIds?: string[] } =>
  before && now?.length ? { legacyIds: before.filter((id) => now.includes(id)) } : {};

export const pick = <Fields extends object, Name extends keyof Fields>(
  fields: Fields,
  names: readonly Name[],
): Pick<Fields, Name> =>
  Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]])) as Pick<Fields, Name>;

export const omit = <Fields extends object, Name extends keyof Fields>(
  fields: Fields,
  names: readonly Name[],
): Omit<Fields, Name> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name as Name))) as Omit<Fields, Name>;

export const hasFields = (fields: object): boolean => Object.keys(fields).length > 0;

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/**
 * Whether two values of a field mean the same. Lists of words (features, tags, areas, languages) are sets: another
 * order or case is not a change. All other values are compared exactly.
 */
export const sameMeaning = (left: unknown, right: unknown): boolean =>
  sameValue(left, right) || (isWords(left) && isWords(right) && sameValue(asSet(left), asSet(right)));

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const asSet = (words: readonly string[]): string[] => distinct(words.map((word) => word.toLowerCase()));

const sameIds = (left: unknown, right: unknown): boolean =>
  sameValue(left, right) || (isWords(left) && isWords(right) && sameValue(distinct(left), distinct(right)));

const distinct = (words: readonly string[]): string[] => [...new Set(words)].sort();

/** Whether two JSON values are the same; `undefined`, `null` and an empty list are all equally empty. */
export const sameValue = (left: unknown, right: unknown): boolean => {
  // `===` and not Object.is: -0 is stored as 0, so it would count as a change every time.
  if (left === right || (isEmpty(left) && isEmpty(right))) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const name of names) {
    if (!sameValue((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name])) return false;
  }
  return true;
};
