import { plainValue } from '../legacy/plain-value.ts';
import { isDocument, isMissing } from '../legacy/reading.ts';

/** A value that names the kind of a document. */
export type KindValue = string | number | boolean;

/** What a field by which documents may be of different kinds has been seen with. */
export type Discriminator = {
  readonly path: string;
  /** Each value, as it is written most often. */
  readonly values: readonly KindValue[];
};

/** Finds the field that says of what kind each document of a collection is (`satzart: MAKLER`, `kind: lead`). */
export type KindTally = {
  add(document: Readonly<Record<string, unknown>>): void;
  /** The fields that might be it, the likeliest first. */
  likely(isKind: (value: KindValue) => boolean): readonly Discriminator[];
};

type Seen = { readonly value: KindValue; documents: number; readonly names: Map<string, number> };

const maxKinds = 24;
const maxNames = 150;
const maxFields = 400;
/** Nearly all documents have it. */
const hasItFrom = 0.95;
/** The share of names that documents of two kinds have in common at most. */
const inCommon = 0.5;

export const kindTally = (): KindTally => {
  const fields = new Map<string, Map<string, Seen> | 'too many'>();
  let documents = 0;
  return {
    add(document) {
      documents++;
      const entries = entriesOf(document);
      const names = entries.map(([name]) => name);
      for (const [path, found] of entries) {
        const kinds = fields.get(path) ?? new Map<string, Seen>();
        if (kinds === 'too many' || (fields.size >= maxFields && !fields.has(path))) continue;
        fields.set(path, kinds);
        const value = kindOf(found);
        const seen =
          value === undefined ? undefined : (kinds.get(keyOf(value)) ?? { value, documents: 0, names: new Map() });
        if (seen === undefined || (kinds.size >= maxKinds && !kinds.has(keyOf(seen.value)))) {
          fields.set(path, 'too many');
          continue;
        }
        kinds.set(keyOf(seen.value), seen);
        seen.documents++;
        for (const name of names) seen.names.set(name, (seen.names.get(name) ?? 0) + 1);
      }
    },
    likely: (isKind) =>
      [...fields]
        .flatMap(([path, kinds]) => {
          if (kinds === 'too many' || kinds.size < 2) return [];
          const all = [...kinds.values()];
          const having = all.reduce((sum, seen) => sum + seen.documents, 0);
          if (having < hasItFrom * documents) return [];
          const nouns = all.filter(({ value }) => isKind(value)).length;
          const shared = leastShared(all);
          if (nouns < 2 && shared > inCommon) return [];
          return [{ path, values: all.map(({ value }) => value), nouns, shared }];
        })
        .sort((a, b) => b.nouns - a.nouns || a.shared - b.shared || a.values.length - b.values.length)
        .map(({ path, values }) => ({ path, values })),
  };
};

/** The names of a document and of the documents directly in it, as paths. */
const entriesOf = (document: Readonly<Record<string, unknown>>): (readonly [string, unknown])[] => {
  const entries: (readonly [string, unknown])[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (entries.length >= maxNames) break;
    if (name === '_id' || name === '__v' || name.includes('.') || isMissing(value)) continue;
    entries.push([name, value]);
    if (!isDocument(value)) continue;
    for (const [inner, found] of Object.entries(value).slice(0, maxNames - entries.length))
      if (!inner.includes('.') && !isMissing(found)) entries.push([`${name}.${inner}`, found]);
  }
  return entries;
};

/** A short word, a small number, yes or no. */
export const kindOf = (found: unknown): KindValue | undefined => {
  if (typeof found === 'string') return found.length <= 40 && !isMissing(found) ? found.trim() : undefined;
  const plain = typeof found === 'object' ? plainValue(found) : found;
  if (typeof plain === 'boolean') return plain;
  return typeof plain === 'number' && Number.isInteger(plain) && Math.abs(plain) < 1_000 ? plain : undefined;
};

/** Filters do not tell upper from lower case. */
export const keyOf = (value: KindValue): string => `${typeof value} ${String(value).toLowerCase()}`;

/** Of the names that documents of either of two kinds usually have, the share that both have; for the two that differ most. */
const leastShared = (kinds: readonly Seen[]): number => {
  const usual = kinds.map(
    ({ documents, names }) => new Set([...names].flatMap(([name, count]) => (count >= documents / 2 ? [name] : []))),
  );
  let least = 1;
  for (const [index, one] of usual.entries())
    for (const other of usual.slice(index + 1)) least = Math.min(least, sharedBy(one, other));
  return least;
};

const sharedBy = (one: ReadonlySet<string>, other: ReadonlySet<string>): number => {
  const both = [...one].filter((name) => other.has(name)).length;
  return both / Math.max(1, one.size + other.size - both);
};
